import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { oddErrors } from '../../src/testing/conformance/odd-errors.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

test('listen: the rejection of a promise that is no instance of the global one is reported, too', async () => {
  const runtime = new ManualRuntime();
  const observer = recordingObserver();
  const backend = syncMemoryBackend({ runtime });
  const events = new SyncEventChannel({ backend, observer, autoDrain: false });
  events.listen('orders', () => runInNewContext('Promise.reject("too late")'));
  events.publish('orders', 1);
  events.drain();
  await runtime.settle();
  expect(observer.of('handler-error').map(({ error }) => error)).toEqual(['too late']);
});

test('listen: whatever a handler throws, its event comes again and nothing else is held up', () => {
  const observer = recordingObserver();
  const backend = syncMemoryBackend({ runtime: new ManualRuntime() });
  const settings = { backoffBaseMs: 0, maxAttempts: 2, autoDrain: false };
  const events = new SyncEventChannel({ backend, observer, ...settings });
  const errors = oddErrors();
  events.listen('orders', ({ payload }) => {
    throw errors[Number(payload)]?.error;
  });
  for (const payload of errors.keys()) events.publish('orders', payload);
  expect(events.drain()).toBe(2 * errors.length);
  const letters = events.deadLetters('orders');
  expect(letters.map(({ attempts }) => attempts)).toEqual(errors.map(() => 2));
  for (const [index, { kept }] of errors.entries())
    if (kept) expect(letters.find(({ payload }) => payload === index)?.lastError).toEqual(kept);
  expect(observer.of('fault')).toEqual([]);
});

test('nack and reject: refuse options that they do not know', () => {
  const backend = syncMemoryBackend({ runtime: new ManualRuntime() });
  const events = new SyncEventChannel({ backend, autoDrain: false });
  const eventId = events.publish('orders', 1);
  const delivery = events.dequeue('orders');
  const unknown = { delay: 5 } as object;
  expect(() => events.nack(eventId, unknown)).toThrow('nack has no option "delay"');
  expect(() => delivery?.reject(unknown)).toThrow('reject has no option "delay"');
  expect(() => backend.nack(eventId, undefined, unknown)).toThrow('nack has no option "delay"');
  expect(delivery?.ack()).toBe('ok');
});
