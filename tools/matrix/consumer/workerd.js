// workerd: a request for the first result, which is timed from outside (a clock stands still in there), and one for
// the report.
import * as library from 'softmax-simd';
import { smoke } from './smoke.js';

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/first') return Response.json([...library.softmax([2, 1, 0.1])]);
    return Response.json(await smoke(async () => library));
  },
};
