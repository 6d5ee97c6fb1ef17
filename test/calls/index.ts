/** What the fuzzing takes from the tests, in one piece. */

export { operations } from '../operations/index.ts';
export { ACCURACY } from '../support/internals.ts';
export { makeCall } from './call.ts';
export { complaint, judge } from './judge.ts';
export { isCount, NOTHING, sprung, WRONG_OPTIONS, wrongNumbers } from './wrong.ts';
