import { expect, test } from 'vitest';
import { memoryStore } from '../../src/index.ts';
import { type Fault, faultyStore } from '../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';

const error = new Error('disk on fire');
const request = {
  channel: 'orders',
  limit: 10,
  leaseMs: 1_000,
  maxAttempts: 10,
  maxHoldMs: 1_000,
  pollIntervalMs: 0,
};
const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

function openFaulty(...faults: readonly Fault[]) {
  const runtime = new ManualRuntime();
  const memory = memoryStore({ runtime });
  const event = (eventId: string) => {
    const content = { channel: 'orders', payload: 1, metadata: null, bytes: 8 };
    return { eventId, ...content, createdAt: runtime.now() };
  };
  return { runtime, memory, store: faultyStore(memory, faults), event };
}

test('fail: the nth call of its kind throws the error and changes nothing', async () => {
  const fault = { kind: 'fail', call: 'append', nth: 2, error } as const;
  const { store, memory, event } = openFaulty(fault);
  await store.append([event('a')]);
  await store.stats('orders');
  expect(store.happened).toEqual([]);
  await expect(store.append([event('b')])).rejects.toBe(error);
  await store.append([event('c')]);
  expect(memory.stats('orders')).toEqual({ ...none, ready: 2 });
  expect(store.happened).toEqual([fault]);
  expect(store.calls).toEqual({ append: 3, claim: 0, settle: 0, stats: 1, deadLetters: 0 });
});

test('drop: the call takes effect and throws the error', async () => {
  const { store, memory, event } = openFaulty({ kind: 'drop', call: 'claim', nth: 1, error });
  await store.append([event('a')]);
  await expect(store.claim(request)).rejects.toBe(error);
  expect(memory.stats('orders')).toEqual({ ...none, leased: 1 });
});

test('delay: the call takes effect only after its promise has resolved', async () => {
  const open = deferred();
  const { store, memory, runtime, event } = openFaulty({
    kind: 'delay',
    call: 'append',
    nth: 1,
    until: open.promise,
  });
  const appending = store.append([event('a')]);
  await runtime.settle();
  expect(memory.stats('orders')).toEqual(none);
  open.resolve();
  await appending;
  expect(memory.stats('orders')).toEqual({ ...none, ready: 1 });
});

test('faultyStore: calls without a fault reach the store', async () => {
  const { store, event } = openFaulty();
  await store.append([event('a')]);
  const { messages } = await store.claim(request);
  const [message] = messages;
  const lease = Number(message?.lease);
  const command = { verb: 'reject', note: 'no', error: null } as const;
  const reported: unknown[] = [];
  const stop = store.observe((seen) => reported.push(seen));
  expect(await store.settle([{ eventId: 'a', lease, command }])).toEqual(['ok']);
  stop();
  expect(reported.length).toBe(1);
  expect(await store.deadLetters('orders', 5)).toMatchObject([{ eventId: 'a', note: 'no' }]);
  await store.close();
});

test('faultyStore: an nth that is no whole number from 1 is refused', () => {
  for (const nth of [0, -1, 1.5, Number.NaN])
    expect(() => openFaulty({ kind: 'fail', call: 'append', nth, error })).toThrow(
      new TypeError(`nth must be a whole number from 1, got ${nth}`),
    );
});
