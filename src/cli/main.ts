#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { APPLY_OPS, apply } from './apply.ts';
import { bench } from './bench.ts';
import { calibrate } from './calibrate.ts';
import { InputError, messageOf } from './errors.ts';
import { evaluate } from './eval.ts';
import { info } from './info.ts';
import { merge } from './merge.ts';
import {
  backendOption,
  type CommonOptions,
  countFrom,
  jsonOption,
  numberFrom,
  parseRows,
  temperatureOption,
} from './options.ts';
import { sample } from './sample.ts';
import { MAX_BINS } from './sums.ts';

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
  .description('apply an operation to each row of logits')
  .argument('<LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .addOption(new Option('--op <op>', 'operation').choices(APPLY_OPS).makeOptionMandatory())
  .addOption(temperatureOption().default(undefined))
  .option('-k <K>', 'for top-k: how many', countFrom(1))
  .option('--out <OUT.npy>', 'the file to write: float32 of the same shape, or int32 indices')
  .option('--values <OUT.npy>', 'for top-k: a file for the float32 values')
  .option('--json', 'for argmax and top-k: print a line of JSON for each row')
  .action(run(apply));

program
  .command('sample')
  .description('draw a class for each row of logits; prints row, id and log-probability')
  .argument('<LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .addOption(temperatureOption())
  .option('--top-k <K>', 'keep the K largest', countFrom(1))
  .option('--top-p <P>', 'keep the most probable until they have P together', numberFrom(0, 1))
  .option('--min-p <P>', 'keep what is P times as probable as the most probable', numberFrom(0, 1))
  .option('--seed <N>', 'the same seed draws the same', countFrom(0))
  .option('--first-row <N>', "the first row's number in the stream of the seed", countFrom(0), 0)
  .option('--out <IDS.npy>', 'write the ids, int32, to a file instead')
  .option('--json', 'print a line of JSON for each row')
  .action(run(sample));

program
  .command('eval')
  .description('accuracy, mean cross-entropy (nats) and perplexity of logits against labels')
  .argument('<LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .argument('<LABELS.npy>', 'integers [rows]; rows labelled -100 are not counted')
  .addOption(temperatureOption())
  .option('--rows <FIRST:COUNT>', 'these rows only, numbered from 0', parseRows)
  .option('--bins <N>', 'also ECE, MCE and Brier score, with this many bins', countFrom(0, MAX_BINS))
  .option(
    '--partial <OUT.json>',
    'write the sums, for merge; with 15 bins unless --bins says otherwise, 0 for none',
  )
  .addOption(jsonOption())
  .action(run(evaluate));

program
  .command('merge')
  .description('the figures of eval for all rows of the shards that eval --partial wrote')
  .argument('<SHARDS.json...>', 'each row in one of them, and no row of their files in none')
  .addOption(jsonOption())
  .action(run(merge));

program
  .command('calibrate')
  .description('fit a temperature; NLL, ECE, MCE and Brier score before and after, and a reliability diagram')
  .argument('<VAL_LOGITS.npy>', 'float32 or float64 [rows, classes]')
  .argument('<VAL_LABELS.npy>', 'integers [rows]; rows labelled -100 are not counted')
  .option('--apply <files...>', 'LOGITS.npy LABELS.npy: apply the temperature to these as well')
  .option('--bins <N>', 'bins of the diagram', countFrom(1), 15)
  .option('--svg <FILE>', 'write the diagram, of --apply if given, before and after')
  .addOption(jsonOption())
  .action(run(calibrate));

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
