/** What the tests of all operations take from inside the library; everything else of theirs is the public surface. */
export { ACCURACY } from '../../src/abi.ts';
export { uniform } from '../../src/philox.ts';
