import { expect, test } from 'vitest';
import { memoryBackend } from '../../src/index.ts';
import { fingerprints, memoryFingerprints } from '../../src/ingress.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { event, items, open, post, problemOf, structured } from './open-ingress.ts';

const DAY_MS = 86_400_000;

test('an id with another payload: 409, and the first payload is stored', async () => {
  const { handle, stored } = open({ fingerprints: memoryFingerprints() });
  expect((await handle(post('{"total":1}'))).status).toBe(202);
  expect((await handle(post('{"total":1}'))).status).toBe(202);
  const response = await handle(post('{"total":2}'));
  expect(response.status).toBe(409);
  expect(await problemOf(response)).toEqual({
    status: 409,
    code: 'id-conflict',
    title: 'the id has come before with another payload',
  });
  // Another channel has ids of its own.
  expect((await handle(post('{"total":2}', {}, '/events/notes'))).status).toBe(202);
  expect(await stored()).toMatchObject([{ payload: { total: 1 } }]);
});

test('without fingerprints the first payload counts', async () => {
  const { handle, stored } = open();
  for (const body of ['1', '2']) expect((await handle(post(body))).status).toBe(202);
  expect(await stored()).toMatchObject([{ payload: 1 }]);
});

test('bytes, CloudEvents and batches are compared, too', async () => {
  const { handle, stored } = open({ fingerprints: memoryFingerprints() });
  const binary = (bytes: number[]) => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'b',
      'ce-source': '/s',
      'ce-type': 'orders',
    };
    const type = { 'content-type': 'application/octet-stream' };
    return handle(post(new Uint8Array(bytes), { ...headers, ...type, 'idempotency-key': 'bytes' }));
  };
  const statuses = [await binary([1]), await binary([1]), await binary([2])].map(
    ({ status }) => status,
  );
  expect(statuses).toEqual([202, 202, 409]);
  const other = { data: { total: 2 } };
  expect((await handle(structured(event('e')))).status).toBe(202);
  expect((await handle(structured(event('e', other)))).status).toBe(409);
  const response = await handle(
    items([
      { id: 'x', payload: 1 },
      { id: 'x', payload: 2 },
      { id: 'y', payload: 3 },
    ]),
  );
  const { results } = await problemOf(response);
  expect(results?.map(({ status }) => status)).toEqual([202, 409, 202]);
  expect((await stored()).length).toBe(4);
});

test('the payload is compared as it came, so map may add a time', async () => {
  let time = 0;
  const { handle } = open({
    fingerprints: memoryFingerprints(),
    map: (received) => {
      time += 1;
      return { ...received, id: `user:${received.id}`, payload: { time, of: received.payload } };
    },
  });
  expect((await handle(post('1'))).status).toBe(202);
  expect((await handle(post('1'))).status).toBe(202);
  expect((await handle(post('2'))).status).toBe(409);
});

test('a store of fingerprints that fails: 503, nothing is stored, and the cause goes to onFault', async () => {
  const error = new Error('secret: no connection');
  let isDown = true;
  const { handle, faults, stored } = open({
    fingerprints: fingerprints((_, fingerprint) => (isDown ? Promise.reject(error) : fingerprint)),
  });
  const response = await handle(post('1'));
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.text()).not.toContain('secret');
  expect(faults).toEqual([error]);
  expect(await stored()).toEqual([]);
  isDown = false;
  expect((await handle(post('1'))).status).toBe(202);
});

test('memoryFingerprints: remembers for the window of the id, and at most max ids', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  const kept = { fingerprints: memoryFingerprints({ max: 2, runtime }), dedupeWindowMs: DAY_MS };
  const { handle } = open(kept, backend);
  const statusOf = async (id: string, body: string) =>
    (await handle(post(body, { 'idempotency-key': id }))).status;
  expect(await statusOf('a', '1')).toBe(202);
  runtime.jumpTo(runtime.now() + DAY_MS - 1);
  expect(await statusOf('a', '2')).toBe(409);
  runtime.jumpTo(runtime.now() + 1);
  expect(await statusOf('a', '2')).toBe(202);
  for (const id of ['b', 'c']) await statusOf(id, '1');
  expect(await statusOf('a', '3')).toBe(202);
  expect(await statusOf('c', '2')).toBe(409);
});

test('fingerprints: the store gets channel and id, a SHA-256 and the window', async () => {
  const calls: unknown[] = [];
  const { handle } = open({
    fingerprints: fingerprints(async (...call) => {
      calls.push(call);
      return call[1];
    }),
  });
  expect((await handle(post('{"a":1}'))).status).toBe(202);
  expect((await handle(items([{ id: 'b' }]))).status).toBe(202);
  const digest = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862';
  expect(calls[0]).toEqual(['["orders","id-1"]', digest, DAY_MS]);
});

test('options are refused by name', () => {
  expect(() => memoryFingerprints({ max: 0 })).toThrow('max must be');
  expect(() => fingerprints(5 as never)).toThrow('keep must be a function');
  expect(() => open({ fingerprints: {} as never })).toThrow(
    'fingerprints must be made by memoryFingerprints',
  );
});
