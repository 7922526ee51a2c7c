// Covers src/ingress/create-ingress.ts, src/ingress/ingress-options.ts, src/ingress/problem.ts,
// src/ingress/read-body.ts, src/ingress/read-events.ts, src/ingress/schema-issues.ts
import { withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import { type AsyncEventBackend, memoryBackend } from '../../src/index.ts';
import { createIngress, schemaIssues } from '../../src/ingress.ts';
import { order, schemaOf } from '../support/schemas.ts';
import { batched, event, open, post, problemOf, structured } from './open-ingress.ts';

test.each<[string, () => Request, number, string]>([
  ['GET', () => new Request('http://shop.test/orders'), 405, 'method-not-allowed'],
  ['an unknown channel', () => post('1', {}, '/events/others'), 404, 'unknown-channel'],
  ['no path', () => post('1', {}, '/'), 404, 'unknown-channel'],
  ['a wrong path', () => post('1', {}, '/%FF'), 404, 'unknown-channel'],
  ['an inherited name', () => post('1', {}, '/constructor'), 404, 'unknown-channel'],
  ['an unknown type', () => structured(event('1', { type: 'x' })), 404, 'unknown-channel'],
  ['no content type', () => post('1', { 'content-type': '' }), 415, 'unsupported-media-type'],
  [
    'a form',
    () => post('a=1', { 'content-type': 'multipart/form-data' }),
    415,
    'unsupported-media-type',
  ],
  [
    'XML of CloudEvents',
    () => post('', { 'content-type': 'application/cloudevents+xml' }),
    415,
    'unsupported-media-type',
  ],
  ['gzip', () => post('1', { 'content-encoding': 'gzip' }), 415, 'unsupported-media-type'],
  ['no JSON', () => post('{"secret'), 400, 'malformed'],
  ['no UTF-8', () => post(new Uint8Array([0xff])), 400, 'malformed'],
  ['no CloudEvent', () => structured({ secret: 1 }), 400, 'malformed'],
  ['a batch that is no array', () => batched({ secret: 1 }), 400, 'malformed'],
  ['no id', () => post('1', { 'idempotency-key': '' }), 400, 'no-id'],
  ['a long id', () => post('1', { 'idempotency-key': 'x'.repeat(201) }), 400, 'no-id'],
  ['a wrong key', () => post('1', { 'idempotency-key': '%FF' }), 400, 'malformed'],
  ['a large batch', () => batched(Array(11).fill(0)), 413, 'too-large'],
  ['deep JSON', () => post('['.repeat(1_500) + ']'.repeat(1_500)), 422, 'rejected'],
  ['a large event', () => post(JSON.stringify('x'.repeat(600))), 413, 'too-large'],
])('%s is refused for good, and nothing is stored', async (_, request, status, code) => {
  const { handle, stored, faults } = open({ maxBatch: 10 }, memoryBackend(), {
    maxEventBytes: 1_000,
  });
  const response = await handle(request());
  expect(response.status).toBe(status);
  const body = await problemOf(response);
  expect(body.code).toBe(code);
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(await stored()).toEqual([]);
  expect(faults).toEqual([]);
});

test('schemas: 422 without a part of the payload, or with issues where the server asks for them; the output is stored', async () => {
  const many = schemaOf<unknown>(() => ({
    issues: Array.from({ length: 50 }, (_, at) => ({ message: 'no', path: [{ key: 'a' }, at] })),
  }));
  const quoting = schemaOf<unknown>((value) => ({
    issues: [{ message: `got ${JSON.stringify(value)}`, path: Object.keys(value as object) }],
  }));
  const backend = () =>
    withSchemas(memoryBackend(), { orders: order, notes: many }) as AsyncEventBackend;
  const silent = open({}, withSchemas(memoryBackend(), { orders: quoting }) as AsyncEventBackend);
  const refused = await silent.handle(post('{"secret":"hidden"}'));
  expect(await problemOf(refused)).toEqual({
    status: 422,
    code: 'invalid',
    title: 'the payload does not fit the schema of its channel',
  });
  const { handle, stored } = open({ issues: schemaIssues }, backend());
  const body = await problemOf(await handle(post('{"total":"nine"}')));
  expect(body).toMatchObject({ status: 422, code: 'invalid' });
  expect(body.issues).toEqual([{ message: 'expected a number', path: ['total'] }]);
  const other = await problemOf(await handle(post('1', {}, '/notes')));
  expect(other.issues?.length).toBe(20);
  expect(other.issues?.[3]).toEqual({ message: 'no', path: ['a', 3] });
  await handle(post('{"total":9,"more":true}'));
  expect(await stored()).toMatchObject([{ payload: { total: 9 } }]);
});

test('maxBytes: a body is not read further, with and without a Content-Length', async () => {
  const { handle } = open({ maxBytes: 100 });
  let pulled = 0;
  let isCancelled = false;
  const endless = new ReadableStream(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(40).fill(32));
      },
      cancel() {
        isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const response = await handle(post(endless));
  expect((await problemOf(response)).code).toBe('too-large');
  expect(pulled).toBe(3);
  expect(isCancelled).toBe(true);
  const announced = await handle(post('1', { 'content-length': '101' }));
  expect(announced.status).toBe(413);
  expect((await handle(post(`"${'x'.repeat(98)}"`))).status).toBe(202);
});

test('a body that breaks off: 408, because the event may be good', async () => {
  const { handle, stored } = open();
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new Error('connection reset')),
  });
  expect(await problemOf(await handle(post(broken)))).toMatchObject({
    status: 408,
    code: 'incomplete',
  });
  expect(await stored()).toEqual([]);
});

test('a body that ends before its Content-Length: 408, and nothing is stored', async () => {
  const { handle, stored, faults } = open();
  const response = await handle(post('1', { 'content-length': '2' }));
  expect(await problemOf(response)).toMatchObject({ status: 408, code: 'incomplete' });
  expect([await stored(), faults]).toEqual([[], []]);
});

test('a body that the server has read before: 500 and a fault, because the event would have no payload', async () => {
  const { handle, stored, faults } = open();
  const read = async (request: Request) => {
    await request.text();
    return request;
  };
  const released = async (request: Request) => {
    const reader = request.body?.getReader();
    while (!(await reader?.read())?.done);
    reader?.releaseLock();
    return request;
  };
  const requests = [
    await read(post('1')),
    await released(post('1')),
    post('', { 'content-length': '1' }),
    post('', { 'transfer-encoding': 'chunked' }),
  ];
  for (const request of requests) expect((await handle(request)).status).toBe(500);
  expect(await stored()).toEqual([]);
  expect(faults.slice(1).map(String)).toEqual(
    Array(3).fill('Error: the body was read before the ingress'),
  );
});

test('options out of range are refused', () => {
  const { events } = open();
  const create = (given: object) => () =>
    createIngress({ events, channels: ['a'], ...given } as never);
  expect(create({ events: {} })).toThrow('events must be an EventChannel');
  expect(create({ channels: [] })).toThrow('channels must be an array of channel names');
  expect(create({ channels: ['a b'] })).toThrow('channel must match');
  expect(create({ authorize: true })).toThrow('authorize must be a function');
  expect(create({ maxBytes: 0 })).toThrow('maxBytes must be a whole number from 1');
  expect(create({ maxByte: 1 })).toThrow('there is no option "maxByte"');
  expect(() => createIngress(undefined as never)).toThrow('options must be an object');
});
