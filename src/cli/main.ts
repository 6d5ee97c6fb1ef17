#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { APPLY_OPS, apply } from './apply.ts';
import { bench } from './bench.ts';
import { InputError, messageOf } from './errors.ts';
import { evaluate } from './eval.ts';
import { info } from './info.ts';
import { backendOption, type CommonOptions, jsonOption, temperatureOption } from './options.ts';

const { version } = createRequire(import.meta.url)('softmax-simd/package.json') as { version: string };

const program = new Command('softmax-simd')
  .description('Softmax, log-softmax and cross-entropy of logits in .npy files')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .addOption(backendOption())
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ outputError: (text, write) => write(`${messageOf(text)}\n`) })
  .exitOverride();

/** Hands a command its options together with the program's. */
const run =
  <Args extends unknown[]>(action: (...args: Args) => Promise<void>) =>
  (...args: unknown[]): Promise<void> => {
    const command = args.pop() as Command;
    return action(...([...args.slice(0, -1), command.optsWithGlobals<CommonOptions>()] as Args));
  };

program
  .command('info')
  .description('what computes on this host, and why not something faster')
  .addOption(jsonOption())
  .action(run(info));

program
  .command('apply')
  .description('apply an operation to each row of logits; writes float32 of the same shape')
  .argument('<LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .addOption(new Option('--op <op>', 'operation').choices(Object.keys(APPLY_OPS)).makeOptionMandatory())
  .addOption(temperatureOption())
  .requiredOption('--out <OUT.npy>', 'the file to write')
  .action(run(apply));

program
  .command('eval')
  .description('accuracy, mean cross-entropy (nats) and perplexity of logits against labels')
  .argument('<LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .argument('<LABELS.npy>', 'integers [rows]; rows labelled -100 are not counted')
  .addOption(temperatureOption())
  .addOption(jsonOption())
  .action(run(evaluate));

program
  .command('bench')
  .description('throughput of softmax on each backend this host can run, against naive JS')
  .addOption(jsonOption())
  .action(run(bench));

// A reader that closes the pipe early, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = error instanceof InputError ? 2 : 1;
  }
}
