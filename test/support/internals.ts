/** What the tests of all operations take from inside the library; everything else of theirs is the public surface. */

export { exclusion, uniform } from '../../src/ops/sample/philox.ts';
export { ACCURACY } from '../../src/raw/accuracy.ts';
