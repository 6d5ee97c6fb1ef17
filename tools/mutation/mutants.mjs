// The small mistakes that tests ought to notice, made in a file's text.

/** What to look for, outside strings, comments, imports and exports, and what to put there. */
const MISTAKES = [
  {
    kind: 'constant',
    find: /(?<![\w.$])\d+\.\d+(?:e[+-]?\d+)?\b/g,
    put: (n) => `${Number(n) * (1 + 2 ** -10) || 1}`,
  },
  { kind: 'constant', find: /(?<![\w.$])\d+(?![\w.])/g, put: (n) => `${Number(n) + 1}` },
  { kind: 'constant', find: /\b0x[0-9a-f]+\b/g, put: (n) => `0x${(BigInt(n) + 1n).toString(16)}` },
  { kind: 'bound', find: / <= /g, put: () => ' < ' },
  { kind: 'bound', find: / < /g, put: () => ' <= ' },
  { kind: 'bound', find: / >= /g, put: () => ' > ' },
  { kind: 'bound', find: / > /g, put: () => ' >= ' },
  { kind: 'sign', find: / \+ /g, put: () => ' - ' },
  { kind: 'sign', find: / - /g, put: () => ' + ' },
  { kind: 'sign', find: / \+= /g, put: () => ' -= ' },
  { kind: 'sign', find: /(?<=x[24])\.add\(/g, put: () => '.sub(' },
  { kind: 'sign', find: /(?<=x[24])\.sub\(/g, put: () => '.add(' },
  { kind: 'sign', find: /\bnmadd\(/g, put: () => 'madd(' },
  { kind: 'factor', find: / \* /g, put: () => ' + ' },
  { kind: 'min-max', find: /\bpmax\(/g, put: () => 'pmin(' },
  { kind: 'min-max', find: /\bpmin\(/g, put: () => 'pmax(' },
  { kind: 'min-max', find: /\bMath\.max\(/g, put: () => 'Math.min(' },
  { kind: 'min-max', find: /\bMath\.min\(/g, put: () => 'Math.max(' },
  { kind: 'logic', find: / ===? /g, put: () => ' != ' },
  { kind: 'logic', find: / !==? /g, put: () => ' == ' },
  { kind: 'logic', find: / && /g, put: () => ' || ' },
  { kind: 'logic', find: / \|\| /g, put: () => ' && ' },
  { kind: 'logic', find: /\bv128\.or\(/g, put: () => 'v128.and(' },
  { kind: 'logic', find: /\bv128\.and\(/g, put: () => 'v128.or(' },
  { kind: 'logic', find: /\btrue\b/g, put: () => 'false' },
  { kind: 'logic', find: /\bfalse\b/g, put: () => 'true' },
  // A dropped tail, a check that is not made; and what is done although it should not be.
  { kind: 'branch', find: /\bif \((?=.*\) )/g, put: () => 'if (false && ' },
  { kind: 'branch', find: /\bif \((?=.*\) )/g, put: () => 'if (true || ' },
  { kind: 'dropped', find: /(?<=^\s+)(?:[\w.]+\([^{}]*\)|[\w.]+ [-+*]?= [^{}]*);$/gm, put: () => ';' },
];

const UNTOUCHED = [
  /\/\*[\s\S]*?\*\//g,
  /\/\/.*$/gm,
  /^(?:import|export) (?:type )?(?:\{[^}]*\}|\*(?: as \w+)?)(?: from)?.*$/gm,
  /^(?:export )?(?:interface|type) [^;]*?^\}$/gm,
  /'(?:[^'\\\n]|\\.)*'/g,
  /`(?:[^`\\]|\\.)*`/g,
];

/**
 * @typedef {{ file: string, line: number, kind: string, from: string, to: string, text: string }} Mutant
 * `text` is the whole file's with the mistake in it.
 *
 * @param {string} file its name @param {string} source its text @returns {Mutant[]} every mutant of it
 */
export function mutantsOf(file, source) {
  const code = UNTOUCHED.reduce((text, what) => text.replace(what, blank), source);
  const mutants = [];
  for (const { kind, find, put } of MISTAKES) {
    for (const { 0: from, index } of code.matchAll(find)) {
      const end = index + from.length;
      const text = source.slice(0, index) + put(source.slice(index, end)) + source.slice(end);
      const line = source.slice(0, index).split('\n').length;
      const lineOf = (whole) => whole.split('\n')[line - 1].trim();
      mutants.push({ file, line, kind, from: lineOf(source), to: lineOf(text), text });
    }
  }
  return mutants;
}

/** The same length and lines, with nothing in them. */
function blank(text) {
  return text.replace(/[^\n]/g, ' ');
}
