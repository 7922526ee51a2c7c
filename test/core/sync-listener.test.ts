import { describe, expect, test } from 'vitest';
import { RejectError, SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

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
