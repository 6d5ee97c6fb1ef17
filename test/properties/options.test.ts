/** Objects of options of every make: what they have is read, and what no operation knows is told apart from it. */
import { describe, expect, test } from 'vitest';
import { loadSync, type MaskedRowsOptions, softmax } from '../../src/index.ts';

const x = [1, 2, 3, 4];
const wanted = softmax(x, { cols: 2, temperature: 0.5 });
const take = (options: object) => softmax(x, options);

class Settings {
  cols = 2;
  temperature = 0.5;
  readonly #secret = 7;
  /** No option, and nobody's mistake. */
  describe(): number {
    return this.#secret;
  }
}

class Lazy {
  get cols(): number {
    return 2;
  }
  get temperature(): number {
    return 0.5;
  }
}

const MAKES: readonly [string, object][] = [
  ['a class', new Settings()],
  ['a class with getters', new Lazy()],
  ['a derived class', new (class extends Settings {})()],
  ['a prototype', Object.create({ cols: 2, temperature: 0.5 })],
  ['no prototype', Object.assign(Object.create(null), { cols: 2, temperature: 0.5 })],
  ['a frozen object', Object.freeze({ cols: 2, temperature: 0.5 })],
  ['a proxy', new Proxy({ cols: 2, temperature: 0.5 }, {})],
  [
    'undefined ones',
    { cols: 2, temperature: 0.5, beta: undefined, nothing: undefined, temprature: undefined },
  ],
  ['a symbol', { cols: 2, temperature: 0.5, [Symbol('mine')]: 1 }],
  ['what does not show', Object.defineProperty({ cols: 2, temperature: 0.5 }, 'mine', { value: 1 })],
];

/** With something lent to every object, as old libraries do. */
function whileLent(run: () => void): void {
  const lent = Object.prototype as { temprature?: number };
  lent.temprature = 1;
  try {
    run();
  } finally {
    delete lent.temprature;
  }
}

describe('options of', () => {
  test.each(MAKES)('%s', (_, options) => {
    expect(take(options)).toEqual(wanted);
    whileLent(() => expect(take(options)).toEqual(wanted));
  });

  test('a mistake anywhere among them is found', () => {
    const all: object[] = [
      { cols: 2, temprature: 0.5 },
      Object.create({ temprature: 0.5 }),
      new (class extends Settings {
        temprature = 1;
      })(),
      { temprature: null },
      new Proxy({ temprature: 1 }, {}),
    ];
    const message = "softmax: unknown option 'temprature', did you mean 'temperature'?";
    for (const options of all) {
      expect(() => take(options)).toThrow(new TypeError(message));
      whileLent(() => expect(() => take({ ...options, cols: 2, temprature: 3 })).toThrow(message));
    }
    whileLent(() => expect(() => loadSync({ backends: 1 } as never)).toThrow("did you mean 'backend'?"));
  });

  test.each([
    ['temprature', 'temperature'],
    ['temp', 'temperature'],
    ['Temperature', 'temperature'],
    ['tau', 'temperature'],
    ['T', 'temperature'],
    ['inverse_temperature', 'beta'],
    ['bata', 'beta'],
    ['col', 'cols'],
    ['columns', 'cols'],
    ['num_classes', 'cols'],
    ['Shape', 'shape'],
    ['hsape', 'shape'],
    ['dims', 'shape'],
    ['dim', 'axis'],
    ['axes', 'axis'],
    ['output', 'out'],
    ['masks', 'mask'],
  ])('%s: %s', (given, meant) => {
    expect(() => take({ [given]: 1 })).toThrow(
      `softmax: unknown option '${given}', did you mean '${meant}'?`,
    );
  });

  test.each(['', '__proto', 'constructor', 'toString', 'gradient', 'rows', '0', '🙂'])(
    '%s is like none',
    (given) => {
      expect(() => take({ [given]: 1 })).toThrow(
        `softmax: option '${given}' has no effect here; the options are cols, out, temperature, beta, mask, shape, axis`,
      );
    },
  );

  test('those that are no object', () => {
    for (const options of [null, true, 'cols', 3n, Symbol('cols'), () => 3]) {
      expect(() => softmax(x, options as MaskedRowsOptions)).toThrow(
        'softmax: options must be an object, but is ',
      );
    }
    for (const options of [[2], Float32Array.of(2)]) {
      expect(() => take(options)).toThrow('softmax: options must be an object, but is ');
    }
  });
});
