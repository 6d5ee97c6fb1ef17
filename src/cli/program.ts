/** The command line's commands and options, and how a run of it ends. */
import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { APPLY_OPS, apply, OUT_TYPES } from './apply.ts';
import { bench } from './bench.ts';
import { calibrate } from './calibrate.ts';
import { InputError, messageOf } from './errors.ts';
import { evaluate } from './eval.ts';
import { examplesOf } from './examples.ts';
import { parseOrder, parseXtc } from './filters.ts';
import { info } from './info.ts';
import { merge } from './merge.ts';
import {
  axisOption,
  backendOption,
  type CommonOptions,
  countFrom,
  ignoreIndexOption,
  jsonOption,
  memoryOption,
  numberFrom,
  parseDtypeOption,
  parseRows,
  parseShape,
  temperatureOption,
  wideOption,
} from './options.ts';
import { ReaderGone } from './output/stdout.ts';
import { stopProgress } from './progress.ts';
import { sample } from './sample.ts';
import { MAX_BINS } from './sums.ts';
import { widen } from './widen.ts';

const { version } = createRequire(import.meta.url)('softmax-simd/package.json') as { version: string };

const program = new Command('softmax-simd')
  .description('Softmax, log-softmax and cross-entropy of logits in files')
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .addOption(backendOption())
  .addOption(wideOption())
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ outputError: (text, write) => write(`${messageOf(text)}\n`) })
  .exitOverride()
  .hook('preAction', async (_, command) => {
    if (command.optsWithGlobals<CommonOptions>().wide) await widen();
  });

/** Hands a command its options together with the program's. */
const run =
  <Args extends unknown[]>(action: (...args: Args) => Promise<void>) =>
  (...args: unknown[]): Promise<void> => {
    const command = args.pop() as Command;
    return action(...([...args.slice(0, -1), command.optsWithGlobals<CommonOptions>()] as Args));
  };

program
  .command('info')
  .addHelpText('after', examplesOf('info'))
  .description('what computes on this host, and why not something faster')
  .addOption(jsonOption())
  .action(run(info));

const LOGITS = '.npy, FILE.npz:MEMBER, FILE.safetensors:TENSOR, .bin, a pattern, or - for the standard input';
const LABELLED = 'LOGITS LABELS, or any number of files of logits and --labels';

const INPUT_HELP = `
Inputs:
  Logits are [rows, classes]; of more than two dimensions the last is the classes, or the one that --axis names,
  and rows are numbered as the others count. Several files, or a pattern
  in quotes ('part-*.npy', in the order of the names), are one matrix, whose rows follow each other.
  X.npy            float16, float32, float64, integers but uint16, or uint16 as bfloat16 with --bfloat16; either byte
                   order, C or Fortran order
  X.npz:MEMBER     a member, stored or deflated, of what numpy.savez writes; without :MEMBER the only one
  X.safetensors:T  a tensor: F16, BF16, F32, F64, I8 to I64, U8, U32, U64
  X.bin            nothing but elements: --dtype and --shape say what they are; files of other names, too, and
                   the standard input, if --dtype is given
  -                the standard input: a .npy
  Labels are integers of any width in the same formats, [rows] or [rows, 1], or one-hot rows of any numbers, in the
  logits' shape; in a .bin: --labels-dtype.

Memory:
  Rows are read, worked on and written at the same time, in blocks that take no more than --memory together.
  A row that does not fit is refused.`;

const OUTPUT_HELP = `
Outputs:
  OUT.npy is complete or not there: until then it has another name, OUT.npy.partial.…, which one process owns. If the
  run is interrupted (Ctrl-C, a full disk, kill -9), what is complete stays, and --resume continues there; it refuses
  if input or options are not the same. Without --resume a run begins anew.
  OUT.jsonl, of argmax and top-k, is a line of JSON for each row.`;

/** Where data comes from, and how much of it is in memory. */
function readingOptions(command: Command): Command {
  return command
    .addOption(axisOption())
    .option('--bfloat16', 'take uint16 for bfloat16')
    .option('--tensor <NAME>', 'the tensor of a .safetensors or the member of an .npz')
    .option('--dtype <TYPE>', 'of a .bin: float16, bfloat16, float32, int8, >f4, …', parseDtypeOption)
    .option('--shape <ROWS,CLASSES>', 'of a .bin; one may be -1', parseShape)
    .addOption(memoryOption())
    .option('--quiet', 'no progress on the terminal')
    .addHelpText('after', INPUT_HELP);
}

/** Labels beside logits. */
function labelsOptions(command: Command): Command {
  return command
    .option('--labels <LABELS...>', 'files of labels: integers, or one-hot rows')
    .addOption(ignoreIndexOption())
    .option('--labels-dtype <TYPE>', 'of labels in a .bin: int32, int64, uint8, …', parseDtypeOption);
}

readingOptions(
  program
    .command('apply')
    .addHelpText('after', examplesOf('apply'))
    .description('apply an operation to each row of logits')
    .argument('<LOGITS...>', LOGITS)
    .addOption(new Option('--op <op>', 'operation').choices(APPLY_OPS).makeOptionMandatory())
    .addOption(temperatureOption().default(undefined))
    .option('-k <K>', 'for top-k: how many', countFrom(1))
    .option('--out <OUT.npy>', 'the file to write: the same shape, or int32 indices, or lines: OUT.jsonl')
    .addOption(new Option('--out-dtype <TYPE>', 'of it').choices(Object.keys(OUT_TYPES)))
    .option('--values <OUT.npy>', 'for top-k: a file for the values')
    .option('--resume', 'continue where an interrupted run ended')
    .option('--json', 'for argmax and top-k: print a line of JSON for each row'),
)
  .addHelpText('after', OUTPUT_HELP)
  .action(run(apply));

readingOptions(
  program
    .command('sample')
    .addHelpText('after', examplesOf('sample'))
    .description('draw a class for each row of logits; prints row, id and log-probability')
    .argument('<LOGITS...>', LOGITS)
    .addOption(temperatureOption())
    .option('--top-k <K>', 'keep the K largest', countFrom(1))
    .option('--top-p <P>', 'keep the most probable until they have P together', numberFrom(0, 1))
    .option('--min-p <P>', 'keep what is P times as probable as the most probable', numberFrom(0, 1))
    .option(
      '--typical-p <P>',
      'keep what is nearest to the entropy until it has P together',
      numberFrom(0, 1),
    )
    .option(
      '--top-n-sigma <N>',
      'keep what is within N standard deviations of the largest',
      numberFrom(0, 1e9),
    )
    .option('--xtc <PROBABILITY,THRESHOLD>', 'now and then remove the most probable ones', parseXtc)
    .option(
      '--order <NAME>',
      'of the filters: hugging-face, llama, or their names, e.g. top-k,temperature',
      parseOrder,
    )
    .addOption(
      new Option('--logprobs <OF>', 'of the logits as they are, of what is drawn from, or none')
        .choices(['raw', 'processed', 'none'])
        .default('raw'),
    )
    .option('--alternatives <N>', 'also print the N most probable of each row', countFrom(1, 2 ** 20))
    .option('--seed <N>', 'the same seed draws the same', countFrom(0))
    .option('--first-row <N>', "the first row's number in the stream of the seed", countFrom(0), 0)
    .option('--out <IDS.npy>', 'write the ids, int32, to a file instead, or all to OUT.jsonl')
    .option('--json', 'print a line of JSON for each row'),
).action(run(sample));

readingOptions(
  labelsOptions(
    program
      .command('eval')
      .addHelpText('after', examplesOf('eval'))
      .description('accuracy, mean cross-entropy (nats) and perplexity of logits against labels')
      .argument('<FILES...>', LABELLED)
      .addOption(temperatureOption())
      .option('--rows <FIRST:COUNT>', 'these rows only, numbered from 0', parseRows)
      .option('--bins <N>', 'also ECE, MCE and Brier score, with this many bins', countFrom(0, MAX_BINS))
      .option(
        '--partial <OUT.json>',
        'write the sums, for merge; with 15 bins unless --bins says otherwise, 0 for none',
      )
      .option('--resume', 'if OUT.json holds these rows as they are, do not evaluate them again')
      .addOption(jsonOption()),
  ),
).action(run(evaluate));

program
  .command('merge')
  .addHelpText('after', examplesOf('merge'))
  .description('the figures of eval for all rows of the shards that eval --partial wrote')
  .argument('[SHARDS.json...]', 'each row in one of them, and no row of their files in none')
  .option('--list <FILE>', 'more of them, a name a line; - for the standard input')
  .addOption(jsonOption())
  .action(run(merge));

readingOptions(
  labelsOptions(
    program
      .command('calibrate')
      .addHelpText('after', examplesOf('calibrate'))
      .description(
        'fit a temperature; NLL, ECE, MCE and Brier score before and after, and a reliability diagram',
      )
      .argument('<FILES...>', LABELLED)
      .option('--apply <files...>', 'LOGITS LABELS: apply the temperature to these as well')
      .option('--bins <N>', 'bins of the diagram', countFrom(1), 15)
      .option('--svg <FILE>', 'write the diagram, of --apply if given, before and after')
      .addOption(jsonOption()),
  ),
).action(run(calibrate));

program
  .command('bench')
  .addHelpText('after', examplesOf('bench'))
  .description('throughput of softmax on each backend this host can run, against naive JS')
  .addOption(jsonOption())
  .action(run(bench));

/** Tells what went wrong, and sets the exit code. */
export function fail(error: unknown): void {
  stopProgress();
  // Once: what cannot be printed may be told both here and where it was to be printed.
  if (!process.exitCode) console.error(`error: ${messageOf(error)}`);
  process.exitCode = error instanceof InputError ? 2 : 1;
}

/** Runs what the arguments say. @param args as in `process.argv` */
export async function runCommand(args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else if (!(error instanceof ReaderGone)) {
      fail(error);
    }
  }
}
