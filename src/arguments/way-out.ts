/** What makes a right argument of a wrong one, where that can be told: the line to write. */

/** The end of a message about an argument of the wrong type, or nothing. */
export function wayOut(name: string, wanted: string, given: unknown): string {
  let way: string | undefined;
  try {
    if (typeof given === 'string') way = fromText(wanted, given);
    else if (typeof given === 'object' && given !== null) {
      const array = /^(\w+)\[\d+\]$/.exec(name)?.[1];
      if (array === undefined) way = fromObject(name, wanted, given as Given);
      else if (/^an? (number|integer)$/.test(wanted)) way = fromRow(array, wanted, given as Given);
    }
  } catch {
    // What a getter of the caller's throws is no reason.
  }
  return way === undefined ? '' : `: ${way}`;
}

/** What may be told of an object. */
interface Given {
  readonly length?: number;
  readonly then?: unknown;
  readonly dataSync?: unknown;
  readonly data?: unknown;
  readonly dims?: unknown;
  readonly shape?: unknown;
  readonly [Symbol.iterator]?: unknown;
  readonly 0?: unknown;
}

function fromText(wanted: string, text: string): string | undefined {
  return wanted === 'a number' && text.trim() !== '' && Number.isFinite(Number(text))
    ? `give ${Number(text)}`
    : undefined;
}

/** Of a row in an array of rows. */
function fromRow(array: string, wanted: string, row: Given): string | undefined {
  if (!ArrayBuffer.isView(row) && !Array.isArray(row)) return undefined;
  const isDeep = Array.isArray(row) && row.some(Array.isArray);
  const way = Array.isArray(row) ? `.flat(${isDeep ? 'Infinity' : ''})` : '.flatMap((row) => [...row])';
  // Labels have no columns.
  const layout = wanted === 'an integer' ? '' : isDeep ? ', with shape' : `, with cols: ${row.length}`;
  return `flatten ${array}${way}${layout}`;
}

function fromObject(name: string, wanted: string, given: Given): string | undefined {
  const Class = classWanted(wanted);
  if (typeof given.then === 'function') return 'await it';
  if (Class === undefined) return undefined;
  if (typeof given.dataSync === 'function') {
    return `give await ${name}.data() or ${name}.dataSync(), with shape: ${name}.shape`;
  }
  const isTensor = ArrayBuffer.isView(given.data);
  if (isTensor && (given.dims || given.shape)) {
    return `give ${name}.data, with shape: ${name}.${given.dims ? 'dims' : 'shape'}`;
  }
  if (name === 'out' || name === 'gradient') {
    const length = Number.isInteger(given.length) ? given.length : 'length';
    return `make one by new ${Class}(${length})`;
  }
  if (given instanceof DataView) {
    return `copy its bytes, new ${Class}(${name}.buffer.slice(${name}.byteOffset, ${name}.byteOffset + ${name}.byteLength))`;
  }
  if (isBuffer(given)) return `look at it through new ${Class}(${name})`;
  const numbers = `${Class}.from(${name}${isBig(given) ? ', Number' : ''})${name === 'mask' ? ', 1 = keep' : ''}`;
  if (given instanceof Uint8Array) {
    return `copy its numbers, ${numbers}, or its bytes, new ${Class}(Uint8Array.from(${name}).buffer)`;
  }
  if (ArrayBuffer.isView(given) || Array.isArray(given)) return `copy it, ${numbers}`;
  if (given[Symbol.iterator]) return `copy it, ${Class}.from(${name})`;
  return given[0] === undefined ? undefined : `copy it, ${Class}.from(Object.values(${name}))`;
}

/** The class of typed arrays that is wanted, if one is. */
function classWanted(wanted: string): string | undefined {
  return /\b(Float32|Float64|Int32|Uint8)Array/.exec(wanted)?.[0];
}

function isBuffer(value: unknown): boolean {
  return (
    value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)
  );
}

function isBig(value: unknown): boolean {
  return value instanceof BigInt64Array || value instanceof BigUint64Array;
}
