// Covers src/ingress/to-node-handler.ts
import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { toNodeHandler } from '../../src/ingress.ts';
import { open, post } from './open-ingress.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The same request, to another address. */
const sentTo = (url: string, request: Request) =>
  fetch(new Request(`${url}/events/orders`, request));

test('a request of node:http: has method, URL, headers and body, and gets the answer', async () => {
  const seen: unknown[] = [];
  await using server = await serve(
    toNodeHandler(async (request) => {
      const { method, url, headers } = request;
      seen.push([method, url, headers.get('x-a'), await request.text()]);
      return new Response('è', { status: 418, headers: { 'x-b': '2' } });
    }),
  );
  const response = await fetch(`${server.url}/a?b=c`, {
    method: 'PUT',
    headers: { 'x-a': '1' },
    body: 'tea',
  });
  expect([response.status, response.headers.get('x-b'), await response.text()]).toEqual([
    418,
    '2',
    'è',
  ]);
  await fetch(`${server.url}/d`);
  expect(seen).toEqual([
    ['PUT', `${server.url}/a?b=c`, '1', 'tea'],
    ['GET', `${server.url}/d`, null, ''],
  ]);
});

test('an ingress over node:http: stores, and refuses', async () => {
  const { handle, stored } = open();
  await using server = await serve(toNodeHandler(handle));
  expect((await sentTo(server.url, post('{"total":1}'))).status).toBe(202);
  expect((await sentTo(server.url, post('{'))).status).toBe(400);
  expect((await fetch(server.url)).status).toBe(405);
  expect(await stored()).toMatchObject([{ eventId: 'id-1', payload: { total: 1 } }]);
});

test('an upload over maxBytes: the sender gets the 413, with and without a Content-Length', async () => {
  const { handle } = open({ maxBytes: 1_000 });
  await using server = await serve(toNodeHandler(handle));
  for (const chunked of [false, true]) {
    const upload = httpRequest(`${server.url}/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(!chunked && { 'content-length': 5_000_000 }),
      },
    });
    const answered = once(upload, 'response');
    // The end of the server cuts what is still being sent.
    upload.on('error', () => {});
    for (let sent = 0; sent < 50; sent += 1) upload.write(Buffer.alloc(100_000, 32));
    upload.end();
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    expect(await text(response)).toContain('too-large');
  }
});

test('an upload that is cut: nothing is stored, and the server goes on', async () => {
  const { handle, stored, faults } = open();
  const answered: number[] = [];
  let isAnswered = () => {};
  const first = new Promise<void>((resolve) => {
    isAnswered = resolve;
  });
  await using server = await serve(
    toNodeHandler(async (request) => {
      const response = await handle(request);
      answered.push(response.status);
      isAnswered();
      return response;
    }),
  );
  const socket = connect(server.port, '127.0.0.1');
  const head =
    'POST /orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Content-Length: 100\r\n\r\n{"total":`);
  await once(socket, 'connect');
  socket.end();
  socket.on('error', () => {});
  await first;
  expect(answered).toEqual([408]);
  expect((await sentTo(server.url, post('1'))).status).toBe(202);
  expect((await stored()).length).toBe(1);
  expect(faults).toEqual([]);
});

test('a body parser in front of the ingress, such as express.json(): 500, and no event without its payload', async () => {
  const { handle, stored, faults } = open();
  const listener = toNodeHandler(handle);
  await using server = await serve(async (request, response) => {
    await text(request);
    listener(request, response);
  });
  expect((await sentTo(server.url, post('{"total":1}'))).status).toBe(500);
  expect(String(faults)).toContain('the body was read before the ingress');
  expect(await stored()).toEqual([]);
});

test('a request of node:http2: its pseudo headers are no headers', async () => {
  const answered: unknown[] = [];
  const server = createHttp2Server(
    toNodeHandler(async (request) => {
      answered.push([request.url, request.headers.get('x-a'), await request.text()]);
      return new Response(null, { status: 204 });
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/a?b', 'x-a': '1' });
  stream.end('tea');
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(204);
  expect(answered).toEqual([[`http://127.0.0.1:${port}/a?b`, '1', 'tea']]);
  await new Promise<void>((resolve) => session.close(() => resolve()));
  await new Promise<unknown>((resolve) => server.close(resolve));
});

test('a handler that rejects: 500; a Host that is none: 400', async () => {
  await using server = await serve(toNodeHandler(() => Promise.reject(new Error('secret'))));
  const response = await fetch(server.url);
  expect([response.status, await response.text()]).toEqual([500, '']);
  for (const start of [
    'GET / HTTP/1.1\r\nHost: a b',
    'GET /b HTTP/1.1\r\nHost: a/c?',
    'OPTIONS * HTTP/1.1\r\nHost: a',
  ]) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${start}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toContain('HTTP/1.1 400');
  }
});
