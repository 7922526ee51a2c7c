// Covers src/outbox/http-sender.ts, src/outbox/judge-response.ts, src/outbox/build-request.ts
import { expect, test } from 'vitest';
import type { HttpError } from '../../src/outbox.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';
import { openSender } from './open-sender.ts';
import { serveHttp } from './serve-http.ts';

const http = openSender();
const { send } = http;

test('a redirect: is not followed by default, because a POST would become a GET', async () => {
  http.server.answer = (response, { path }) => {
    if (path === '/') response.writeHead(302, { location: '/sign-in' }).end();
    else response.writeHead(200).end('please sign in');
  };
  expect(await send()).toMatchObject({ result: 'hold', error: { name: 'HttpError' } });
  expect(http.server.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /']);
  expect(await send({ redirect: 'follow' })).toEqual({ result: 'done' });
  expect(http.server.received.at(-1)).toMatchObject({ method: 'GET', path: '/sign-in', body: '' });
});

test('a redirect with 307 or 308, followed: the request is repeated with its body and key', async () => {
  http.server.answer = (response, { path }) => {
    if (path === '/') response.writeHead(308, { location: '/moved' }).end();
    else response.writeHead(204).end();
  };
  expect(await send({ redirect: 'follow' })).toEqual({ result: 'done' });
  expect(http.server.received.at(-1)).toMatchObject({
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
  http.server.intercept = (request) => {
    request.socket.destroy();
    return true;
  };
  expect(await send()).toMatchObject({ result: 'unreachable' });
  http.server.intercept = (request) => {
    request.once('data', () => request.socket.destroy());
    return true;
  };
  const upload = new Blob(['x'.repeat(5_000_000)]);
  const outcome = await send({ body: () => upload });
  expect(outcome).toMatchObject({ result: 'unreachable', error: { message: 'no answer' } });
  expect((outcome as { error: HttpError }).error.cause).toBeInstanceOf(Error);
});

test('a server that answers in the middle of the upload and cuts it: refused, or unreachable', async () => {
  http.server.intercept = (request, response) => {
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
  http.server.answer = () => arrived.resolve();
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
  http.server.answer = () => arrived.resolve();
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
  expect(http.server.received).toEqual([]);
});

test('onConflict: may acknowledge, reject, or give another payload, which has a key of its own', async () => {
  http.server.answer = (response, { body }) =>
    response.writeHead(body === '{"version":3}' ? 200 : 409).end();
  expect(await send({ onConflict: () => ({ result: 'done' }) })).toEqual({ result: 'done' });
  expect(await send()).toMatchObject({ result: 'reject', reason: '409' });
  expect(await send({ onConflict: () => undefined })).toMatchObject({ result: 'reject' });
  http.server.received.length = 0;
  let version = 1;
  const onConflict = async () => {
    version += 1;
    return { payload: { version } };
  };
  expect(await send({ onConflict })).toEqual({ result: 'done' });
  expect(http.server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
    'event-1',
    'event-1:1',
    'event-1:2',
  ]);
});

test('onConflict: after ten payloads in one attempt the event waits for a back-off', async () => {
  http.server.answer = (response) => response.writeHead(412).end();
  expect(await send({ onConflict: () => ({ payload: 2 }) })).toMatchObject({ result: 'retry' });
  expect(http.server.received.length).toBe(11);
});
