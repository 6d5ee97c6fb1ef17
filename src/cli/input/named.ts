import { InputError } from '../errors.ts';

/** Names listed in a message. */
const LISTED = 8;
const SHOWN_LENGTH = 60;

/** The name asked for if it is there, or the only one. @throws InputError that lists what there is */
export function chooseByName(
  path: string,
  kind: 'member' | 'tensor',
  names: readonly string[],
  wanted: string | undefined,
): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && names.length === 1) return names[0];
  const listed = names.slice(0, LISTED).map((name) => name.slice(0, SHOWN_LENGTH));
  const list = names.length === 0 ? 'none' : listed.join(', ') + (names.length > LISTED ? ', …' : '');
  if (wanted !== undefined) throw new InputError(`${path}: expected a ${kind} named ${wanted}, got: ${list}`);
  const how = names.length === 0 ? '' : ` (${path}:NAME chooses)`;
  throw new InputError(`${path}: expected one ${kind}, got ${names.length}: ${list}${how}`);
}
