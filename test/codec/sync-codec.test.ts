// Covers src/codec/sync-methods.ts
import { type SyncCodec, withCodec } from 'ackline/codec';
import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';
import { jsonCodec, later } from '../support/codecs.ts';

function open(codec: SyncCodec = jsonCodec) {
  const inner = syncMemoryBackend({ runtime: new ManualRuntime() });
  const observer = recordingObserver();
  const backend = withCodec(inner, codec);
  return {
    inner,
    backend,
    observer,
    events: new SyncEventChannel({ backend, observer, autoDrain: false }),
  };
}

test('a synchronous backend stores encoded events and delivers decoded ones', () => {
  const { inner, events, backend } = open();
  events.publish('orders', { total: 1 });
  expect(
    browse(inner, 'orders', { state: 'ready', payload: true }).events[0]?.payload,
  ).toBeInstanceOf(Uint8Array);
  expect(browse(backend, 'orders', { state: 'ready', payload: true }).events[0]?.payload).toEqual({
    total: 1,
  });
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => void seen.push(payload));
  events.drain();
  expect(seen).toEqual([{ total: 1 }]);
});

test('what does not decode is a dead letter, which can be redriven', () => {
  let isBroken = true;
  const decode = (stored: unknown) => {
    if (isBroken) throw new Error('no key');
    return jsonCodec.decode(stored);
  };
  const { events, observer } = open({ ...jsonCodec, decode });
  events.publish('orders', 1);
  expect(events.dequeue('orders')).toBe(null);
  expect(observer.events).toContainEqual(
    expect.objectContaining({ type: 'dead-lettered', reason: 'undecodable' }),
  );
  expect(events.deadLetters('orders')).toMatchObject([
    { reason: 'undecodable', payload: undefined },
  ]);
  isBroken = false;
  expect(events.redrive('orders', { filter: ({ payload }) => payload === 1 })).toBe(1);
  expect(events.dequeue('orders')?.payload).toBe(1);
});

test('an asynchronous codec is refused, and nothing is stored', () => {
  const { inner, events } = open(later(jsonCodec) as SyncCodec);
  expect(() => events.publish('orders', 1)).toThrow(
    expect.objectContaining({ code: 'unsupported' }) as Error,
  );
  expect(inner.stats?.('orders')).toMatchObject({ ready: 0 });
});
