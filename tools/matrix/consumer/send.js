// A page's report goes to the server that it came from.
import { smoke } from './smoke.js';

export async function send(importLibrary) {
  const report = await smoke(importLibrary).catch((error) => ({ problems: [`${error.stack ?? error}`] }));
  const isolation = { isolated: crossOriginIsolated };
  await fetch('report', { method: 'POST', body: JSON.stringify({ ...report, ...isolation }) });
}
