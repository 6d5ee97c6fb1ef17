// Puts jobs into the queue, whatever they are: node add.mjs '[{"name": …, "data": …}]'
import { Queue } from 'bullmq';
import { connect, QUEUE } from '../queue.mjs';

const connection = connect();
const queue = new Queue(QUEUE, { connection });
for (const { name, data } of JSON.parse(process.argv[2])) await queue.add(name, data);
await queue.close();
connection.disconnect();
