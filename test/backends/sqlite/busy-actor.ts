// Publishes and handles events without a pause, and prints the greatest size of the log: node busy-actor.ts <database> <events>
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { EventChannel } from 'ackline';
import { sqliteBackend } from 'ackline/sqlite';

const [file = '', count = ''] = process.argv.slice(2);
const events = new EventChannel({
  backend: sqliteBackend({ database: new DatabaseSync(file), busyTimeoutMs: 30_000 }),
});
let most = 0;

for (let number = 1; number <= Number(count); number += 1) {
  await events.publish('work', { number, text: 'x'.repeat(300) });
  const delivery = await events.dequeue('work');
  await delivery?.ack();
  if (number % 50 === 0) most = Math.max(most, statSync(`${file}-wal`).size);
}
await events.shutdown();
console.log(most);
