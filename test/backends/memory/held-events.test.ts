// Covers src/backends/memory/held-events.ts, src/backends/memory/let-go.ts
import { expect, test } from 'vitest';
import { type SyncEventBackend, syncMemoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const KEPT = { retentionMs: 60_000 };

const open = () => syncMemoryBackend() as Required<SyncEventBackend>;

test('a chain of ten thousand events ends as dead letters, one after the other', () => {
  const backend = open();
  for (let n = 0; n < 10_000; n += 1)
    backend.publish('a', n, null, {
      ...KEPT,
      id: String(n),
      ...(n > 0 && { after: String(n - 1), onDeadLetter: 'block' as const }),
    });
  const first = backend.dequeue('a', 0);
  backend.reject(String(first?.eventId), first?.lease);
  for (let n = 1; n < 10_000; n += 1) expect(backend.dequeue('a', 0)).toBeNull();
  expect(backend.stats('a')).toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 10_000 });
});

test('events that wait for each other in a circle go when one of them is cancelled', () => {
  const backend = open();
  const options = (id: string, after: string) => ({
    channel: 'a',
    payload: id,
    options: { ...KEPT, id, after },
  });
  backend.publishMany([options('x', 'y'), options('y', 'x')]);
  expect(backend.dequeue('a', 0)).toBeNull();
  expect(backend.cancel('a', 'x')).toBe('ok');
  const message = backend.dequeue('a', 0);
  expect([message?.payload, message?.after?.state]).toEqual(['y', 'cancelled']);
});

test('each delivery has a reply of its own', () => {
  const backend = open();
  const after = backend.publish('a', 1, null, KEPT);
  for (const payload of [2, 3]) backend.publish('a', payload, null, { after });
  const first = backend.dequeue('a', 0);
  backend.ack(after, first?.lease, { reply: { list: [] } });
  const replies = backend.dequeueMany('a', 2, 0).map((message) => Object(message.after).reply);
  expect(replies).toEqual([{ list: [] }, { list: [] }]);
  expect(replies[0]).not.toBe(replies[1]);
});

test('an event that is held back and delayed counts as scheduled until its due time', async () => {
  const runtime = new ManualRuntime();
  const backend = syncMemoryBackend({ runtime }) as Required<SyncEventBackend>;
  const after = backend.publish('a', 1, null, KEPT);
  backend.publish('a', 2, null, { after, delayMs: 1_000 });
  expect(backend.stats('a')).toMatchObject({ ready: 1, scheduled: 1 });
  await runtime.advance(1_000);
  expect(backend.stats('a')).toMatchObject({ ready: 2, scheduled: 0 });
});
