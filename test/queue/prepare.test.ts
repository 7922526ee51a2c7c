// Covers src/queue/queue-backend.ts
import { expect, test } from 'vitest';
import { memoryStore } from '../../src/index.ts';
import { LocalNotifier } from '../../src/queue/notifier.ts';
import { QueueBackend } from '../../src/queue/queue-backend.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

test('prepare: is called once, before the first use of the store', async () => {
  const runtime = new ManualRuntime();
  let calls = 0;
  const prepare = () => {
    calls += 1;
  };
  const parts = { backendName: 'queue', notifier: new LocalNotifier(), runtime, prepare };
  const backend = new QueueBackend({ ...parts, store: memoryStore({ runtime }) });
  expect(calls).toBe(0);
  await backend.publish('a', 1);
  expect(calls).toBe(1);
  await backend.publish('a', 2);
  await backend.dequeue('a', 0);
  expect(calls).toBe(1);
});
