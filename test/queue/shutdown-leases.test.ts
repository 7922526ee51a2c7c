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

/** Lets the event loop go on by so many tasks, and then by so many turns of the microtask queue. */
async function goOn(tasks: number, turns: number): Promise<void> {
  for (let task = 0; task < tasks; task += 1) await nextTask();
  for (let turn = 0; turn < turns; turn += 1) await undefined;
}

/** The event as it is after `leaving` was shut down so long after a publish that ends a wait of it. */
async function shutDownAfterPublish(open: OpenPair, tasks: number, turns: number) {
  const [leaving, staying] = open();
  const waiting = leaving.dequeue('orders', 3_600_000);
  await goOn(tasks > 0 ? 3 : 0, 20);
  const published = leaving.publish('orders', 1);
  await goOn(tasks, turns);
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

test('shutdown: leaves no lease and counts no attempt of an event that reached nobody, in whichever turn it comes (memory)', async () => {
  for (let turns = 0; turns < 60; turns += 1) {
    const { leased, expected, attempts } = await shutDownAfterPublish(openMemory, 0, turns);
    expect({ turns, leased, attempts }).toEqual({ turns, leased: 0, attempts: expected });
  }
});

test('shutdown: leaves no lease and counts no attempt of an event that reached nobody, in whichever turn it comes (IndexedDB)', async () => {
  for (let tasks = 0; tasks < 12; tasks += 1)
    for (let turns = 0; turns < 12; turns += 1) {
      const { leased, expected, attempts } = await shutDownAfterPublish(
        openIndexedDb,
        tasks,
        turns,
      );
      expect({ tasks, turns, leased, attempts }).toEqual({
        tasks,
        turns,
        leased: 0,
        attempts: expected,
      });
    }
}, 30_000);
