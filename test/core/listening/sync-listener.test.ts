import { describe, expect, test } from 'vitest';
import { RejectError, SyncEventChannel, syncMemoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';

describe('listen: a settlement that fails is reported as a fault, and the drain goes on', () => {
  const error = new Error('disk on fire');
  const cases = [
    ['ack', () => undefined],
    [
      'nack',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'reject',
      () => {
        throw new RejectError('never');
      },
    ],
  ] as const;
  for (const [verb, handler] of cases)
    test(verb, () => {
      const runtime = new ManualRuntime();
      const backend = Object.assign(syncMemoryBackend({ runtime }), {
        [verb]: () => {
          throw error;
        },
      });
      const observer = recordingObserver();
      const events = new SyncEventChannel({ backend, observer, autoDrain: false });
      const seen: unknown[] = [];
      events.listen('orders', ({ payload }) => {
        seen.push(payload);
        handler();
      });
      for (const payload of [1, 2, 3]) events.publish('orders', payload);
      expect(events.drain()).toBe(3);
      expect(seen).toEqual([1, 2, 3]);
      const fault = { type: 'fault', during: 'settle', channel: 'orders', error };
      expect(observer.of('fault')).toEqual([fault, fault, fault]);
      expect(events.stats('orders').leased).toBe(3);
    });
});

describe('pause', () => {
  function open(autoDrain: boolean) {
    const events = new SyncEventChannel({ backend: syncMemoryBackend(), autoDrain });
    const seen: unknown[] = [];
    const listener = events.listen('orders', ({ payload }) => seen.push(payload));
    return { events, seen, listener };
  }

  test('drain handles nothing of a paused listener, and everything after resume', () => {
    const { events, seen, listener } = open(false);
    listener.pause('signed out');
    expect([listener.status, listener.pauseReason]).toEqual(['paused', 'signed out']);
    events.publish('orders', 1);
    expect([events.drain(), seen]).toEqual([0, []]);
    listener.resume();
    expect([listener.status, listener.pauseReason]).toEqual(['running', undefined]);
    expect([events.drain(), seen]).toEqual([1, [1]]);
  });

  test('a handler that pauses its listener ends the drain after its event', () => {
    const { events, seen, listener } = open(false);
    events.listen('orders', () => listener.pause());
    for (const payload of [1, 2, 3]) events.publish('orders', payload);
    events.drain();
    expect(seen).toEqual([1]);
  });

  test('resume handles what is due in a microtask, unless autoDrain is false', async () => {
    const { events, seen, listener } = open(true);
    listener.pause();
    events.publish('orders', 1);
    await Promise.resolve();
    expect(seen).toEqual([]);
    listener.resume();
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual([1]);
  });

  test('a stopped listener stays stopped', () => {
    const { events, seen, listener } = open(false);
    listener.pause();
    listener.stop();
    listener.resume();
    listener.pause();
    expect(listener.status).toBe('stopped');
    events.publish('orders', 1);
    expect([events.drain(), seen]).toEqual([0, []]);
  });

  test('a reason that is not a string is refused', () => {
    const { listener } = open(false);
    const pause = listener.pause.bind(listener) as (reason: unknown) => void;
    expect(() => pause(null)).toThrow(new TypeError('reason must be a string, got null'));
  });
});
