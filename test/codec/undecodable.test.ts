// Covers src/codec/decode-event.ts, src/codec/refuse-undecodable.ts, src/codec/select-letters.ts, src/core/reports/refusal-reports.ts,
// src/core/protocols/claim-fitting.ts
import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { RetryError } from '../../src/index.ts';
import { jsonCodec } from '../support/codecs.ts';
import { deferred } from '../support/deferred.ts';
import { open } from './open-codec.ts';

/** `decode` fails for payloads that are in the set, until it is cleared. */
function failing(error: () => Error = () => new TypeError('no key')) {
  const payloads = new Set<unknown>();
  const decode = async (stored: unknown) => {
    const value = jsonCodec.decode(stored);
    if (payloads.has(value)) throw error();
    return value;
  };
  return { payloads, decode };
}

test('delivery: what does not decode becomes a dead letter, and the others of its batch are delivered', async () => {
  const { payloads, decode } = failing();
  const { full, inner } = open({ decode });
  for (const payload of [1, 2, 3]) await full.publish('orders', payload);
  payloads.add(2);
  const messages = await full.dequeueMany('orders', 3, 0);
  expect(messages.map(({ payload }) => payload)).toEqual([1, 3]);
  expect(await inner.stats?.('orders')).toMatchObject({ dead: 1 });
  const [letter] = await full.deadLetters('orders', 10);
  expect(letter).toMatchObject({ reason: 'undecodable', payload: undefined, note: null });
  expect(letter?.lastError).toEqual({ name: 'UndecodableError', message: 'TypeError: no key' });
});

test('delivery: a RetryError of decode postpones the event, and its key keeps its order', async () => {
  const { payloads, decode } = failing(() => new RetryError(5_000, { countsAsAttempt: false }));
  const { full, runtime } = open({ decode });
  for (const payload of [1, 2]) await full.publish('orders', payload, null, { key: 'a' });
  payloads.add(1);
  expect(await full.dequeue('orders', 0)).toBe(null);
  payloads.clear();
  expect(await full.dequeue('orders', 0)).toBe(null);
  await runtime.advance(5_000);
  expect(await full.dequeue('orders', 0)).toMatchObject({ payload: 1, attempts: 1 });
});

test('delivery: an event that was published without a codec is what decode makes of it', async () => {
  const decode = async (stored: unknown) =>
    stored instanceof Uint8Array ? jsonCodec.decode(stored) : stored;
  const { full, inner } = open({ decode });
  await inner.publish('orders', 'plain', { trace: 1 });
  expect(await full.dequeue('orders', 0)).toMatchObject({
    payload: 'plain',
    metadata: { trace: 1 },
  });
  const strict = open();
  await strict.inner.publish('orders', 'plain');
  expect(await strict.full.dequeue('orders', 0)).toBe(null);
  expect(await strict.full.deadLetters('orders', 1)).toMatchObject([{ reason: 'undecodable' }]);
});

test('delivery: a consumer that stops waiting while an event is decoded leaves no lease behind', async () => {
  const decoding = deferred();
  let decodes = 0;
  const decode = async (stored: unknown) => {
    decodes += 1;
    await decoding.promise;
    return jsonCodec.decode(stored);
  };
  const { full, inner } = open({ decode });
  await full.publish('orders', 1);
  const stop = new AbortController();
  const waiting = full.dequeue('orders', 0, { signal: stop.signal });
  await expect.poll(() => decodes).toBe(1);
  stop.abort(new Error('no longer'));
  decoding.resolve();
  await expect(waiting).rejects.toThrow('no longer');
  expect(await inner.dequeue('orders', 0)).toMatchObject({ attempts: 1 });
});

test('redrive and purge: a filter gets decoded letters, and the reason undecodable selects', async () => {
  const { payloads, decode } = failing();
  const { full } = open({ decode });
  for (let payload = 0; payload < 250; payload += 1) await full.publish('orders', payload);
  payloads.add(7);
  for (const { eventId, lease } of await full.dequeueMany('orders', 250, 0))
    await full.reject(eventId, lease);
  const seen: unknown[] = [];
  const filter = ({ payload }: { readonly payload: unknown }) => {
    seen.push(payload);
    return (payload as number) % 100 === 7;
  };
  expect(await full.redrive('orders', { filter })).toBe(2);
  expect([seen.length, seen.includes(undefined)]).toEqual([249, false]);
  expect(await full.redrive('orders', { reason: 'rejected', filter, limit: 1 })).toBe(0);
  expect(await full.purge('orders', { reason: 'rejected' })).toBe(247);
  payloads.clear();
  expect(await full.redrive('orders', { reason: 'undecodable' })).toBe(1);
  const messages = await full.dequeueMany('orders', 5, 0);
  expect(messages.map(({ payload }) => payload)).toEqual([107, 207, 7]);
  expect(messages[2]?.redriven).toMatchObject({ reason: 'undecodable' });
});

test('browse: shows decoded payloads, and nothing in place of one that does not decode', async () => {
  const { payloads, decode } = failing();
  const { full } = open({ decode });
  await full.publish('orders', 1, { trace: 1 });
  const page = () => browse(full, 'orders', { state: 'ready', payload: true });
  expect((await page()).events).toMatchObject([{ payload: 1, metadata: { trace: 1 } }]);
  payloads.add(1);
  expect((await page()).events).toMatchObject([{ payload: undefined, metadata: { trace: 1 } }]);
  const { events } = await browse(full, 'orders', { state: 'ready' });
  expect(events[0] && 'payload' in events[0]).toBe(false);
});
