// Covers src/codec/async-methods.ts, src/codec/encode-draft.ts, src/codec/encode-failure.ts, src/codec/publish-line.ts,
// src/codec/codec-options.ts, src/codec/attempt.ts, src/core/runtime/chain.ts, src/core/protocols/decorated-backend.ts
import type { AsyncEventBackend } from 'ackline';
import { type Codec, withCodec } from 'ackline/codec';
import { createGroup } from 'ackline/groups';
import { indexedDbBackend, redriveFeature } from 'ackline/indexeddb';
import { browse } from 'ackline/inspection';
import { withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import { EventChannel, memoryBackend } from '../../src/index.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { jsonCodec, later } from '../support/codecs.ts';
import { deferred } from '../support/deferred.ts';
import { order } from '../support/schemas.ts';
import { open } from './open-codec.ts';

const SECRET = 'tr0ub4dor';

/** All rows of a database, as text. */
async function rowsOf(name: string): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
  });
  const stores = [...database.objectStoreNames];
  const transaction = database.transaction(stores);
  const rows = stores.map(
    (store) =>
      new Promise((resolve) => {
        const request = transaction.objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
      }),
  );
  const text = JSON.stringify(await Promise.all(rows));
  database.close();
  return text;
}

test('IndexedDB: no part of an event is stored in readable form, nor its errors, reasons, ids and keys', async () => {
  const database = `codec-${crypto.randomUUID()}`;
  const hash = async (name: string) => `h${name.length}`;
  const codec = { ...later(jsonCodec), ids: hash, keys: hash };
  const inner = indexedDbBackend({ database, features: [redriveFeature] });
  const backend = withCodec(inner, codec) as Required<AsyncEventBackend>;
  const options = { id: `${SECRET}-id`, key: `${SECRET}-key` };
  const eventId = await backend.publish('orders', { a: SECRET }, { b: SECRET }, options);
  await backend.publish('orders', SECRET, null, { delayMs: 1_000_000 });
  const error = new Error(SECRET);
  const first = await backend.dequeue('orders', 0);
  await backend.nack(eventId, first?.lease, { error });
  expect(await rowsOf(database)).not.toContain(SECRET);
  expect(await browse(backend, 'orders', { state: 'ready' })).toMatchObject({
    events: [{ lastError: { name: 'Error', message: SECRET }, metadata: { b: SECRET } }],
  });
  const second = await backend.dequeue('orders', 0);
  await backend.reject(eventId, second?.lease, { reason: SECRET, error });
  expect(await rowsOf(database)).not.toContain(SECRET);
  const [letter] = await backend.deadLetters('orders', 10);
  const lastError = { name: 'Error', message: SECRET };
  expect(letter).toMatchObject({
    payload: { a: SECRET },
    metadata: { b: SECRET },
    note: SECRET,
    lastError,
  });
  await backend.redrive('orders');
  expect((await backend.dequeue('orders', 0))?.redriven).toMatchObject({ note: SECRET, lastError });
  expect(await rowsOf(database)).not.toContain(SECRET);
  await backend.shutdown();
});

test('publish: events are stored in the order of the calls, whichever was encoded first', async () => {
  const turns = new Map([1, 2, 3].map((payload) => [payload, deferred()]));
  const encode = async (value: unknown) => {
    await turns.get(value as number)?.promise;
    return jsonCodec.encode(value);
  };
  const { full } = open({ encode });
  const published = [1, 2, 3].map((payload) => full.publish('orders', payload));
  for (const payload of [3, 2, 1]) turns.get(payload)?.resolve();
  await Promise.all(published);
  const messages = await full.dequeueMany('orders', 3, 0);
  expect(messages.map(({ payload }) => payload)).toEqual([1, 2, 3]);
});

test('publish: an event that cannot be encoded is not stored, nor is its batch, and later ones are', async () => {
  const encode = async (value: unknown) => {
    if (value === 'bad') throw new RangeError('no key to encrypt');
    return jsonCodec.encode(value);
  };
  const { full } = open({ encode });
  const [bad, good] = [full.publish('orders', 'bad'), full.publish('orders', 1)];
  await expect(bad).rejects.toThrow('no key to encrypt');
  await good;
  const drafts = [1, 'bad'].map((payload) => ({ channel: 'orders', payload }));
  await expect(full.publishMany(drafts)).rejects.toThrow('no key to encrypt');
  expect(await full.stats('orders')).toMatchObject({ ready: 1 });
  const { full: wrong } = open({ encode: (() => ({})) as unknown as Codec['encode'] });
  await expect(wrong.publish('orders', 1)).rejects.toThrow('a string or a Uint8Array');
});

test('publish: takes a copy during the call', async () => {
  const { full } = open();
  const payload = { total: 1 };
  const options: { delayMs: number } = { delayMs: 0 };
  const published = full.publish('orders', payload, null, options);
  payload.total = 2;
  options.delayMs = 1_000;
  await published;
  expect((await full.dequeue('orders', 0))?.payload).toEqual({ total: 1 });
});

test('maxEventBytes: limits the encoded bytes', async () => {
  const encode = async () => new Uint8Array(5_000);
  const { full } = open({ encode });
  const limited = full.publish('orders', 1, null, { maxEventBytes: 4_000 });
  await expect(limited).rejects.toMatchObject({ code: 'too-large' });
  await full.publish('orders', 'x'.repeat(3_000), null, { maxEventBytes: 5_100 });
});

test('shutdown: stores what was published before, and refuses what is published later', async () => {
  const encoding = deferred();
  const encode = async (value: unknown) => {
    await encoding.promise;
    return jsonCodec.encode(value);
  };
  const { full } = open({ encode });
  const published = full.publish('orders', 1);
  const closed = full.shutdown();
  await expect(full.publish('orders', 2)).rejects.toMatchObject({ code: 'closed' });
  encoding.resolve();
  await expect(published).resolves.toEqual(expect.any(String));
  await closed;
});

test('ids and keys: are the encoded ones from the publish on', async () => {
  const ids = async (id: string) => `id-${id.length}`;
  const keys = async (key: string) => `key-${key.length}`;
  const { full } = open({ ids, keys });
  expect(await full.publish('orders', 1, null, { id: 'abc', key: 'k' })).toBe('id-3');
  expect(await full.publish('orders', 1, null, { id: 'abc', key: 'k' })).toBe('id-3');
  await full.publish('orders', 2, null, { key: 'k', onDeadLetter: 'block' });
  expect(await full.stats('orders')).toMatchObject({ ready: 2 });
  const first = await full.dequeue('orders', 0);
  expect(first).toMatchObject({ eventId: 'id-3', key: 'key-1' });
  expect(await full.dequeue('orders', 0)).toBe(null);
  expect(await full.ack('id-3', first?.lease)).toBe('ok');
  const second = await full.dequeue('orders', 0);
  await full.reject(second?.eventId ?? '', second?.lease);
  expect(await full.blockedKeys('orders')).toEqual(['key-1']);
  expect(await full.releaseKey('orders', 'key-1')).toBe(true);
  await full.publish('orders', 3, null, { id: 'four', delayMs: 5 });
  expect(await full.cancel('orders', 'id-4')).toBe('ok');
  await expect(full.publish('orders', 1, null, { id: '' })).rejects.toThrow('id must be a string');
});

test('errors: a long one is cut to what fits, and one that cannot be encoded settles all the same', async () => {
  let isBroken = false;
  const encode = async (value: unknown) => {
    if (isBroken) throw new Error('no key');
    return jsonCodec.encode(value);
  };
  const { full, inner } = open({ encode });
  const eventId = await full.publish('orders', 1);
  const nack = async (message: string) => {
    const { lease } = (await full.dequeue('orders', 0)) ?? {};
    await full.nack(eventId, lease, { error: new Error(message) });
    const { events } = await browse(full, 'orders', { state: 'ready' });
    return events[0]?.lastError?.message ?? '';
  };
  expect((await nack('x'.repeat(5_000))).length).toBeGreaterThan(600);
  expect((await nack('\u20ac'.repeat(5_000))).length).toBeGreaterThan(200);
  isBroken = true;
  expect(await nack(SECRET)).toBe('the error could not be encoded');
  const { lease } = (await full.dequeue('orders', 0)) ?? {};
  await full.reject(eventId, lease, { reason: SECRET });
  const [letter] = (await inner.deadLetters?.('orders', 1)) ?? [];
  expect(letter?.note).toBe('the reason could not be encoded');
});

test('groups: each group gets the decoded event', async () => {
  const { backend, full } = open();
  await createGroup(backend, 'orders', 'search');
  const events = new EventChannel({ backend, observer() {} });
  await events.publish('orders', { total: 1 });
  const delivery = await events.dequeue('orders', { group: 'search' });
  expect(delivery).toMatchObject({ group: 'search', payload: { total: 1 } });
  expect((await full.dequeue('orders', 0))?.payload).toEqual({ total: 1 });
});

test('schemas: go around the codec, and check what is decoded', async () => {
  const { backend } = open();
  const atDelivery = { schema: order, validate: 'delivery' } as const;
  const events = new EventChannel({
    backend: withSchemas(backend, { orders: atDelivery }),
    observer() {},
  });
  await backend.publish('orders', { wrong: 1 });
  await events.publish('orders', { total: 1 } as never);
  expect((await events.dequeue('orders'))?.payload).toEqual({ total: 1 });
  expect(await events.deadLetters('orders')).toMatchObject([{ reason: 'invalid' }]);
});

test('options: what is no codec is refused, and so is a backend without reject', () => {
  const inner = memoryBackend();
  const wrong = (codec: object) => () => withCodec(inner, codec as Codec);
  expect(wrong({ encode: jsonCodec.encode })).toThrow('decode must be a function');
  expect(wrong({ ...jsonCodec, ids: 5 })).toThrow('ids must be a function, got 5');
  expect(wrong({ ...jsonCodec, key: String })).toThrow('there is no option "key"');
  expect(() => withCodec({} as AsyncEventBackend, jsonCodec)).toThrow(
    'backend must be an event backend',
  );
  expect(() => withCodec(bareBackend(), jsonCodec)).toThrow(
    'withCodec needs the capability reject',
  );
});
