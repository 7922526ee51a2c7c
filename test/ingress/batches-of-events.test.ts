// Covers src/ingress/read-events.ts, src/outbox/events-format.ts
import { expect, test } from 'vitest';
import { AcklineError } from '../../src/index.ts';
import { failingBackend, items, open, post, problemOf } from './open-ingress.ts';

test('a batch of httpBatchSender: each event is stored under its id in the channel of the path', async () => {
  const { handle, stored } = open();
  const all = [
    { id: 'a', payload: { total: 1 }, traceparent: '00-1', tracestate: 'x=1', user: 7 },
    { id: 'b', payload: null },
    { id: 'c' },
  ];
  const response = await handle(items(all));
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({
    results: ['a', 'b', 'c'].map((id) => ({ id, status: 202 })),
  });
  expect(await stored()).toMatchObject([
    { eventId: 'a', payload: { total: 1 }, metadata: { traceparent: '00-1', tracestate: 'x=1' } },
    { eventId: 'b', payload: null, metadata: null },
    { eventId: 'c', payload: undefined },
  ]);
  expect((await handle(items(all))).status).toBe(202);
  expect(await stored()).toEqual([]);
});

test('an id is the same in a batch and as an Idempotency-Key', async () => {
  const { handle, stored } = open();
  await handle(items([{ id: 'a b/ü', payload: 1 }]));
  await handle(post('1', { 'idempotency-key': encodeURIComponent('a b/ü') }));
  expect((await stored()).length).toBe(1);
});

test('one bad event takes no others along: each has its own result', async () => {
  const { handle, stored } = open();
  const long = 'x'.repeat(201);
  const all = [{ payload: 1 }, null, 5, [], { id: 7 }, { id: long }, { id: 'good', payload: 2 }];
  const response = await handle(items(all));
  expect(response.status).toBe(422);
  const { results } = await problemOf(response);
  expect(results?.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 202]);
  expect((await stored()).map(({ payload }) => payload)).toEqual([2]);
});

test('no array, too many, and no JSON are refused as a whole', async () => {
  const { handle } = open({ maxBatch: 2 });
  expect((await problemOf(await handle(items({ id: 'a' })))).code).toBe('malformed');
  expect((await problemOf(await handle(items([1, 2, 3])))).code).toBe('too-large');
  const broken = items([]);
  const request = new Request(broken.url, {
    ...broken,
    method: 'POST',
    headers: broken.headers,
    body: '[',
  });
  expect((await problemOf(await handle(request))).code).toBe('malformed');
});

test('a backend that fails in the middle: 503, and the whole batch may be sent again', async () => {
  const { handle, stored } = open({}, failingBackend([1, 3], new AcklineError('storage', 'full')));
  const all = ['a', 'b', 'c'].map((id) => ({ id, payload: id }));
  const response = await handle(items(all));
  expect(response.status).toBe(503);
  expect((await problemOf(response)).results?.map(({ status }) => status)).toEqual([202, 503, 503]);
  expect((await handle(items(all))).status).toBe(202);
  expect((await stored()).map(({ payload }) => payload)).toEqual(['a', 'b', 'c']);
});
