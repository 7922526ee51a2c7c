import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeBodies, payloadOf } from '../payloads.ts';
import { acklineQueue, litequeQueue, plainjobsQueue, type SqliteQueue } from './queues.ts';

/**
 * One process that publishes `count` events and handles events until it is killed. It prints a line when it is ready, begins at
 * the first byte of its input, and prints a dot for each handled event.
 */
const [subject = '', file = '', countText = '', peers = ''] = process.argv.slice(2);
const requirePeer = createRequire(join(peers, 'package.json'));
const QUEUES: Readonly<Record<string, () => Promise<SqliteQueue>>> = {
  'ackline, one by one': () => acklineQueue(requirePeer, file, 1),
  'ackline, 100 at once': () => acklineQueue(requirePeer, file, 100),
  plainjobs: () => plainjobsQueue(requirePeer, file),
  liteque: () => litequeQueue(requirePeer, file),
};
const open = QUEUES[subject];
if (!open) throw new TypeError(`there is no subject ${subject}`);
const bodies = makeBodies();
const queue = await open();
const count = Number(countText);
writeSync(1, 'ready\n');
process.stdin.once('data', () => void work());

async function work(): Promise<void> {
  void queue.consume(() => writeSync(1, '.'));
  await queue.publish(Array.from({ length: count }, (_, sequence) => payloadOf(sequence, bodies)));
}
