// Covers src/outbox/http-sender.ts, src/outbox/judge-response.ts, src/outbox/build-request.ts
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import { type HttpError, type HttpSenderOptions, httpSender } from '../../src/outbox.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';
import { type HttpServer, serveHttp } from './serve-http.ts';

let server: HttpServer;

beforeEach(async () => {
  server = await serveHttp();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const { signal: never } = new AbortController();

function delivered(payload: unknown, eventId = 'event-1'): Delivery {
  return { eventId, payload, channel: 'orders', attempts: 1 } as unknown as Delivery;
}

function send(
  given: Partial<HttpSenderOptions> = {},
  payload: unknown = { id: 1 },
  signal: AbortSignal = never,
) {
  return httpSender({ url: server.url, ...given })(delivered(payload), signal);
}

test('a redirect: is not followed by default, because a POST would become a GET', async () => {
  server.answer = (response, { path }) => {
    if (path === '/') response.writeHead(302, { location: '/sign-in' }).end();
    else response.writeHead(200).end('please sign in');
  };
  expect(await send()).toMatchObject({ result: 'hold', error: { name: 'HttpError' } });
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /']);
  expect(await send({ redirect: 'follow' })).toEqual({ result: 'done' });
  expect(server.received.at(-1)).toMatchObject({ method: 'GET', path: '/sign-in', body: '' });
});

test('a redirect with 307 or 308, followed: the request is repeated with its body and key', async () => {
  server.answer = (response, { path }) => {
    if (path === '/') response.writeHead(308, { location: '/moved' }).end();
    else response.writeHead(204).end();
  };
  expect(await send({ redirect: 'follow' })).toEqual({ result: 'done' });
  expect(server.received.at(-1)).toMatchObject({
    method: 'POST',
    path: '/moved',
    body: '{"id":1}',
    headers: { 'idempotency-key': 'event-1' },
  });
});

test('an opaque answer, as with mode no-cors: holds back the outbox, because its status is unknown', async () => {
  const opaque = () => Promise.resolve(Response.error());
  expect(await send({ fetch: opaque })).toMatchObject({ result: 'hold', error: { status: 0 } });
});

test('no answer: a refused connection, and one that is cut before or during the upload, are unreachable', async () => {
  const dead = await serveHttp();
  await dead[Symbol.asyncDispose]();
  expect(await send({ url: dead.url })).toMatchObject({
    result: 'unreachable',
    error: { status: 0 },
  });
  server.intercept = (request) => {
    request.socket.destroy();
    return true;
  };
  expect(await send()).toMatchObject({ result: 'unreachable' });
  server.intercept = (request) => {
    request.once('data', () => request.socket.destroy());
    return true;
  };
  const upload = new Blob(['x'.repeat(5_000_000)]);
  const outcome = await send({ body: () => upload });
  expect(outcome).toMatchObject({ result: 'unreachable', error: { message: 'no answer' } });
  expect((outcome as { error: HttpError }).error.cause).toBeInstanceOf(Error);
});

test('a server that answers in the middle of the upload and cuts it: refused, or unreachable', async () => {
  server.intercept = (request, response) => {
    request.once('data', () => {
      response.writeHead(413, { connection: 'close' }).end('too large');
      response.once('finish', () => request.socket.destroy());
    });
    return true;
  };
  const upload = new Blob(['x'.repeat(5_000_000)]);
  const { result } = (await send({ body: () => upload })) as { result: string };
  expect(['reject', 'unreachable']).toContain(result);
});

test('timeoutMs: ends the request, and is unreachable', async () => {
  const runtime = new ManualRuntime();
  const arrived = deferred();
  server.answer = () => arrived.resolve();
  const sent = send({ timeoutMs: 5_000, runtime });
  await arrived.promise;
  await runtime.advance(5_000);
  expect(await sent).toMatchObject({
    result: 'unreachable',
    error: { message: 'no answer within 5000 ms' },
  });
  expect(runtime.pendingTimers).toBe(0);
});

test('the signal: ends the request, and send rejects with its reason', async () => {
  const leaving = new AbortController();
  const arrived = deferred();
  server.answer = () => arrived.resolve();
  const sent = send({}, 1, leaving.signal);
  await arrived.promise;
  const reason = new Error('the lease is lost');
  leaving.abort(reason);
  await expect(sent).rejects.toBe(reason);
  await expect(send({}, 1, leaving.signal)).rejects.toBe(reason);
});

test('a mistake in the request is no fault of the network: it is thrown', async () => {
  await expect(send({ headers: { 'bad name': 'x' } })).rejects.toThrow(TypeError);
  await expect(send({ url: '/relative' })).rejects.toThrow(TypeError);
  await expect(send({}, 1n)).rejects.toThrow(TypeError);
  expect(server.received).toEqual([]);
});

test('onConflict: may acknowledge, reject, or give another payload, which has a key of its own', async () => {
  server.answer = (response, { body }) =>
    response.writeHead(body === '{"version":3}' ? 200 : 409).end();
  expect(await send({ onConflict: () => ({ result: 'done' }) })).toEqual({ result: 'done' });
  expect(await send()).toMatchObject({ result: 'reject', reason: '409' });
  expect(await send({ onConflict: () => undefined })).toMatchObject({ result: 'reject' });
  server.received.length = 0;
  let version = 1;
  const onConflict = async () => {
    version += 1;
    return { payload: { version } };
  };
  expect(await send({ onConflict })).toEqual({ result: 'done' });
  expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
    'event-1',
    'event-1:1',
    'event-1:2',
  ]);
});

test('onConflict: after ten payloads in one attempt the event waits for a back-off', async () => {
  server.answer = (response) => response.writeHead(412).end();
  expect(await send({ onConflict: () => ({ payload: 2 }) })).toMatchObject({ result: 'retry' });
  expect(server.received.length).toBe(11);
});
