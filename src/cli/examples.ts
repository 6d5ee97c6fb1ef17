/** What `--help` shows of each command: lines to copy, and what they do. */

const EXAMPLES: Readonly<Record<string, readonly (readonly [command: string, what: string])[]>> = {
  info: [['info --json', 'for a program to read']],
  apply: [
    ['apply logits.npy --op softmax --temperature 0.7 --out probabilities.npy', 'probabilities'],
    ['apply logits.npy --op top-k -k 5 --json', 'the five largest of each row, a line each'],
    ["apply 'part-*.npy' --op argmax --out classes.npy", 'the classes of many files as one'],
    ['apply pictures.npy --axis 1 --op argmax --out classes.npy', 'of [pictures, classes, height, width]'],
    [
      'apply logits.npy --op log-softmax --out-dtype bfloat16 --out log.npy --resume',
      'go on after an interruption',
    ],
  ],
  sample: [
    ['sample logits.npy --temperature 0.8 --top-p 0.9 --seed 1', 'row, id and log-probability'],
    ['sample logits.npy --top-k 50 --out ids.npy', 'the ids as int32'],
  ],
  eval: [
    ['eval logits.npy labels.npy --bins 15', 'with ECE, MCE and Brier score'],
    ['eval logits.npy one-hot.npy --json', 'labels as rows of zeros and a 1'],
    ['eval logits.npy padded.npy --ignore-index -1', 'rows labelled -1 are padding'],
    ["eval 'part-*.npy' --labels labels.npy", 'of several files'],
    ['eval logits.npy labels.npy --rows 0:128 --partial shard-0.json', 'a part, for merge'],
  ],
  merge: [
    ['merge shard-0.json shard-1.json', 'the figures of all their rows'],
    ['merge --list shards.txt --json', 'of any number of shards'],
  ],
  calibrate: [
    ['calibrate logits.npy labels.npy --svg reliability.svg', 'a temperature, and a diagram'],
    ['calibrate logits.npy labels.npy --apply test.npy test-labels.npy', 'fitted here, judged there'],
  ],
  bench: [['bench --json', 'for a program to read']],
};

/** The examples of a command, for the end of its help. */
export function examplesOf(command: string): string {
  const lines = EXAMPLES[command].map(([line, what]) => `  # ${what}\n  softmax-simd ${line}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
