import * as library from 'softmax-simd';
import { smoke } from '../../smoke.js';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json(await smoke(async () => library));
}
