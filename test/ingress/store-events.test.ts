// Covers src/ingress/store-events.ts, src/ingress/publish-problem.ts
import { withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import {
  AcklineError,
  type AsyncEventBackend,
  memoryBackend,
  QuotaError,
} from '../../src/index.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { order } from '../support/schemas.ts';
import { batched, event, failingBackend, open, post, problemOf } from './open-ingress.ts';

test.each<[unknown, number]>([
  [new QuotaError('the disk is full'), 503],
  [new AcklineError('storage', 'secret'), 503],
  [new AcklineError('open-timeout', 'secret'), 503],
  [new AcklineError('newer-schema', 'secret'), 503],
  [new TypeError('fetch failed'), 503],
  ['secret', 503],
])(
  'a backend that fails with %s: try again later, and then it is stored once',
  async (error, status) => {
    const { handle, stored, faults } = open({ retryAfterMs: 1_500 }, failingBackend([1], error));
    const response = await handle(post('1'));
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('2');
    const body = await problemOf(response);
    expect(body.code).toBe('unavailable');
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(faults).toEqual([error]);
    expect((await handle(post('1'))).status).toBe(202);
    expect((await stored()).length).toBe(1);
  },
);

test('a backend that has stored the event and reports an error: stored once when it is sent again', async () => {
  const { handle, stored } = open(
    {},
    failingBackend([1], new AcklineError('storage', 'lost'), 'answer'),
  );
  expect((await handle(post('1'))).status).toBe(503);
  expect((await handle(post('1'))).status).toBe(202);
  expect((await stored()).length).toBe(1);
});

test('a full channel: 429, and 0 as Retry-After is sent', async () => {
  const { handle, faults } = open({ retryAfterMs: 0 }, memoryBackend(), { maxBacklog: 1 });
  expect((await handle(post('1'))).status).toBe(202);
  const response = await handle(post('2', { 'idempotency-key': 'id-2' }));
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('0');
  expect((await problemOf(response)).code).toBe('backlog-full');
  expect(faults).toEqual([]);
});

test('a channel that was shut down, and a backend without ids: 503 and a fault', async () => {
  const { handle, events, faults } = open();
  await events.shutdown();
  expect((await handle(post('1'))).status).toBe(503);
  expect(faults).toMatchObject([{ code: 'closed' }]);
  const bare = open({}, bareBackend());
  expect((await bare.handle(post('1'))).status).toBe(503);
  expect(bare.faults).toMatchObject([{ code: 'unsupported' }]);
});

test('a batch: 202 with the result of each, in order', async () => {
  const { handle, stored } = open();
  const response = await handle(batched([event('1'), event('2'), event('3', { type: 'notes' })]));
  expect(response.status).toBe(202);
  const results = ['1', '2', '3'].map((id) => ({ id: `/shop ${id}`, status: 202 }));
  expect(await response.json()).toEqual({ results });
  expect((await stored()).map(({ eventId }) => eventId)).toEqual(['/shop 1', '/shop 2']);
  expect((await stored('notes')).length).toBe(1);
  expect(await (await handle(batched([]))).json()).toEqual({ results: [] });
});

test('a batch of which a part is refused for good: 422 with the result of each, and the others are stored', async () => {
  const { handle, stored } = open(
    {},
    withSchemas(memoryBackend(), { orders: order }) as AsyncEventBackend,
  );
  const batch = [
    event('1'),
    event('2', { data: {} }),
    { id: 7 },
    event('4', { type: 'x' }),
    event('5'),
  ];
  for (const times of [1, 2]) {
    const body = await problemOf(await handle(batched(batch)));
    expect(body).toMatchObject({
      status: 422,
      code: 'partly-stored',
      title: '3 of 5 events are not stored',
    });
    expect(body.results).toMatchObject([
      { id: '/shop 1', status: 202 },
      { id: '/shop 2', status: 422, code: 'invalid' },
      { status: 400, code: 'malformed' },
      { status: 404, code: 'unknown-channel' },
      { id: '/shop 5', status: 202 },
    ]);
    expect((await stored()).length).toBe(times === 1 ? 2 : 0);
  }
});

test('a batch during which the backend fails: what comes after the failure is not stored before it', async () => {
  const { handle, stored } = open({}, failingBackend([1, 3], new AcklineError('storage', 'lost')));
  const batch = [event('1'), event('2'), event('3'), { id: 7 }];
  const response = await handle(batched(batch));
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  const { results = [] } = await problemOf(response);
  expect(results.map(({ status }) => status)).toEqual([202, 503, 503, 400]);
  const again = await problemOf(await handle(batched(batch)));
  expect(again.status).toBe(422);
  expect((await stored()).map(({ eventId }) => eventId)).toEqual(['/shop 1', '/shop 2', '/shop 3']);
});
