// What the bundlers are given.
import * as library from 'softmax-simd';
import { send } from './send.js';

send(async () => library);
