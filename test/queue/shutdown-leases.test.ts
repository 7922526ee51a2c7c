// Covers src/queue/queue-backend.ts, src/queue/lease-ledger.ts
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import type { AsyncEventBackend } from '../../src/index.ts';
import { memoryBackend, memoryStore } from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import { nextTask } from '../support/next-task.ts';

type Context = Required<AsyncEventBackend>;

/** Two contexts over the same events. */
type OpenPair = () => readonly [leaving: Context, staying: Context];

/** Waits for a number of tasks, and then for a number of microtasks. */
async function goOn(tasks: number, microtasks: number): Promise<void> {
  for (let task = 0; task < tasks; task += 1) await nextTask();
  for (let n = 0; n < microtasks; n += 1) await undefined;
}

/** The event after `leaving` published it, which ends a wait of `leaving`, and was shut down after `tasks` and `microtasks`. */
async function shutDownAfterPublish(open: OpenPair, tasks: number, microtasks: number) {
  const [leaving, staying] = open();
  const waiting = leaving.dequeue('orders', 3_600_000);
  await goOn(tasks > 0 ? 3 : 0, 20);
  const published = leaving.publish('orders', 1);
  await goOn(tasks, microtasks);
  await leaving.shutdown();
  await published;
  const delivered = await waiting;
  const { leased } = await staying.stats('orders');
  const next = await staying.dequeue('orders', 0);
  await staying.shutdown();
  return { leased, expected: delivered ? 2 : 1, attempts: next?.attempts };
}

function openMemory(): readonly [Context, Context] {
  const store = memoryStore();
  return [memoryBackend({ store }) as never, memoryBackend({ store }) as never];
}

function openIndexedDb(): readonly [Context, Context] {
  const database = crypto.randomUUID();
  return [indexedDbBackend({ database }) as never, indexedDbBackend({ database }) as never];
}

test('shutdown: after any number of microtasks no lease is left, and an undelivered event counts no attempt (memory)', async () => {
  for (let microtasks = 0; microtasks < 60; microtasks += 1) {
    const { leased, expected, attempts } = await shutDownAfterPublish(openMemory, 0, microtasks);
    expect({ microtasks, leased, attempts }).toEqual({ microtasks, leased: 0, attempts: expected });
  }
});

test('shutdown: after any number of tasks and microtasks no lease is left, and an undelivered event counts no attempt (IndexedDB)', async () => {
  for (let tasks = 0; tasks < 12; tasks += 1)
    for (let microtasks = 0; microtasks < 12; microtasks += 1) {
      const { leased, expected, attempts } = await shutDownAfterPublish(
        openIndexedDb,
        tasks,
        microtasks,
      );
      expect({ tasks, microtasks, leased, attempts }).toEqual({
        tasks,
        microtasks,
        leased: 0,
        attempts: expected,
      });
    }
}, 30_000);
