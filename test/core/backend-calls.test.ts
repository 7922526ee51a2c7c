import {
  EventChannel,
  memoryBackend,
  memoryStore,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { expect, test } from 'vitest';

test('an option `group` that is undefined selects the plain queue, in every verb that has it', async () => {
  const events = new EventChannel({ backend: memoryBackend(), pollIntervalMs: 0 });
  const plain = { group: undefined };
  for (const payload of [1, 2]) {
    await events.publish('mail', payload);
    await (await events.dequeue('mail', plain))?.reject('no');
  }
  const [letter] = await events.deadLetters('mail', { limit: 1, ...plain });
  expect(letter?.payload).toBe(1);
  expect(await events.redrive('mail', { limit: 1, ...plain })).toBe(1);
  expect(await events.purge('mail', plain)).toBe(1);
  expect(await events.retryNow('mail', plain)).toBe(0);
  expect(await events.stats('mail', plain)).toMatchObject({ ready: 1, dead: 0 });
  expect(await events.dequeueMany('mail', 2, plain)).toMatchObject([{ payload: 1 }]);
});

test('the same in a synchronous channel', () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend({ store: memoryStore() }) });
  const plain = { group: undefined };
  for (const payload of [1, 2]) {
    events.publish('mail', payload);
    events.dequeue('mail', plain)?.reject('no');
  }
  expect(events.redrive('mail', { limit: 1, ...plain })).toBe(1);
  expect(events.purge('mail', plain)).toBe(1);
  expect(events.stats('mail', plain)).toMatchObject({ ready: 1, dead: 0 });
});
