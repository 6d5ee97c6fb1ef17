// Mistakes that change nothing anybody can see, and why: no test can notice them, and they are not counted.

/** @type {{ file: string, from: RegExp, to: RegExp, why: string }[]} `from` and `to` match the line, as reported */
const EQUIVALENT = [
  {
    file: 'assembly/reference.ts',
    from: /^export let (method|logLargest|largest|largestError|magic|lowest|prescale|origin|beta\w+)\b/,
    to: /^export let/,
    why: 'prepare sets it before anything reads it',
  },
  {
    file: 'assembly/select.ts',
    from: /^for \(let last = k - 1; last > 0; last--\) \{$/,
    to: / last >= 0; /,
    why: 'the last element of a heap of one is swapped with itself',
  },
  {
    file: 'assembly/label-loss.ts',
    from: /^if \(own == max\) \{$/,
    to: /true \|\| own == max/,
    why: 'of a label below the maximum, the next element is the maximum, whose lead is 0',
  },
  {
    file: 'assembly/softmax.ts',
    from: /^rowsOfFew\(x, out, rows, cols, beta, (true|false), 0, 0, 0, 0, 1\);$/,
    to: /(, 1, 0, 1|, 0, 2)\);$/,
    why: 'ignoreIndex and scale are for labels, of which there are none',
  },
  {
    file: 'src/ops/softmax.ts',
    from: /^if \(data\.length <= FEW\) \{$/,
    to: /false && /,
    why: 'the general way, which is slower for so few, gives the same',
  },
  {
    file: 'src/memory/elements.ts',
    from: /^for \(let i = 0; i < floats\.length; i\+\+\) floats\[i\] = /,
    to: / i <= floats\.length; /,
    why: 'what is written behind the end of an array goes nowhere',
  },
  {
    file: 'src/ops/sample/pickers.ts',
    from: /^if \(isSpread\) raw\.momentsF32\(/,
    to: /true \|\| /,
    why: 'there is room for the moments, which nobody reads without topNSigma',
  },
  {
    file: 'src/ops/sample.ts',
    from: / : -1;$/,
    to: / : -2;$/,
    why: 'any negative index says that there is none',
  },
];

/** @param {import('./mutants.mjs').Mutant} mutant @returns {string | undefined} why it is no mistake */
export function whyEquivalent({ file, from, to }) {
  return EQUIVALENT.find((known) => known.file === file && known.from.test(from) && known.to.test(to))?.why;
}
