/** Processes that own outputs, as other processes know them. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, as the file that claims an output for it says. */
export interface Owner {
  /** The numbering of processes that `pid` belongs to; nothing where that is not known. */
  readonly where: string | undefined;
  readonly pid: number;
  /** When it was started, in ticks since the machine was: numbers are given anew. */
  readonly started: string | undefined;
}

/** This process. */
export function thisProcess(): Owner {
  return { where: numbering(), pid: process.pid, started: startOf('self') };
}

/**
 * Whether a process is still there: a process of another machine or container cannot be seen from here, and where
 * the system does not tell when a process was started, its number may be another's by now.
 */
export function isThere({ where, pid, started }: Owner): boolean | 'unknown' {
  if (where === undefined || where !== numbering()) return 'unknown';
  if (!Number.isSafeInteger(pid) || pid <= 0) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return started === undefined || now === undefined ? 'unknown' : now === started;
}

/** In Linux each container has numbers of its own; they begin anew with the machine. */
function numbering(): string | undefined {
  if (process.platform !== 'linux') return hostname();
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function startOf(pid: number | 'self'): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in parentheses, may hold anything; the start is the 22nd.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
