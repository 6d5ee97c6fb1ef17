// A page from files alone: no bundler, no import map.
import { send } from './send.js';

send(() => import('./node_modules/softmax-simd/dist/index.js'));
