import { expect, test } from 'vitest';
import { scanDatabase } from '../../../../src/backends/indexeddb/scanning/database-scan.ts';
import { openStore } from '../open-store.ts';

/** More new segments than a scan reads for their queues, so that it requests each queue alone. */
const MANY_SEGMENTS = 40;
/** More queues than one transaction requests, and no multiple of that number. */
const MANY_QUEUES = 600;

test('scan of the database: where much is new, each of very many queues is requested', async () => {
  const { backend, connection } = await openStore();
  const queues = Array.from({ length: MANY_QUEUES }, (_, index) => `q${index}`);
  const touched = queues.filter((_, index) => index % (MANY_QUEUES / MANY_SEGMENTS) === 0);
  for (const queue of touched) await backend.publish(queue, 1);
  const last = queues.at(-1) as string;
  await backend.publish(last, 1, null, { delayMs: 1_000 });
  const asked = new Map(queues.map((queue) => [queue, 1]));
  const scan = await scanDatabase(connection, asked, new Map());
  expect([...scan.touched]).toEqual(touched);
  expect([...scan.firstDueAt.keys()]).toEqual([last]);
  expect(scan).toMatchObject({ nextSeq: MANY_SEGMENTS + 1, isWhole: false });
});

test('scan of the database: where little is new, it covers every queue', async () => {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1);
  const scan = await scanDatabase(connection, new Map([['b', 1]]), new Map());
  expect([...scan.touched]).toEqual(['a']);
  expect(scan).toMatchObject({ nextSeq: 2, isWhole: true, isLateKnown: true });
});
