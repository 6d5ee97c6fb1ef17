// Where jobs are kept, and what they are called.
import { Redis } from 'ioredis';

export const QUEUE = 'softmax-simd';
export const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** A connection that waits for Redis as long as it takes, and says so. */
export function connect() {
  const connection = new Redis(REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: () => 500 });
  let lost = false;
  connection.on('error', ({ code, message }) => {
    if (!lost) console.error(`Redis at ${new URL(REDIS_URL).host}: ${message || code}; trying again`);
    lost = true;
  });
  connection.on('ready', () => {
    if (lost) console.error('Redis is there again');
    lost = false;
  });
  return connection;
}
