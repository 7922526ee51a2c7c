// Covers src/outbox/http-sender.ts, src/outbox/http-options.ts, src/outbox/build-request.ts, src/outbox/read-start.ts
import { expect, test } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import { type HttpSenderOptions, httpSender } from '../../src/outbox.ts';
import { delivered, openSender } from './open-sender.ts';

const http = openSender();
const { send } = http;
const { signal: never } = new AbortController();

test('httpSender: posts the payload as JSON under the id of the event', async () => {
  expect(await send()).toEqual({ result: 'done' });
  expect(http.server.received).toMatchObject([
    {
      method: 'POST',
      body: '{"id":1}',
      headers: { 'idempotency-key': 'event-1', 'content-type': 'application/json' },
    },
  ]);
});

test('url, method, headers and body: may depend on the delivery, and are asked for each request', async () => {
  let tokens = 0;
  const sender = httpSender<{ id: number }>({
    url: ({ payload }) => new URL(`/orders/${payload.id}`, http.server.url),
    method: 'PUT',
    headers: async () => {
      tokens += 1;
      return { authorization: `Bearer ${tokens}`, 'content-type': 'text/csv' };
    },
    body: ({ id }, { eventId }) => `${id};${eventId}`,
  });
  for (const id of [7, 8]) await sender(delivered({ id }) as Delivery<{ id: number }>, never);
  expect(http.server.received).toMatchObject([
    {
      method: 'PUT',
      path: '/orders/7',
      body: '7;event-1',
      headers: { authorization: 'Bearer 1', 'content-type': 'text/csv' },
    },
    { path: '/orders/8', headers: { authorization: 'Bearer 2' } },
  ]);
});

test('cache: no answer comes from a cache, unless `init` asks for it', async () => {
  const modes: RequestCache[] = [];
  const given: HttpSenderOptions['fetch'] = async (request) => {
    modes.push((request as Request).cache);
    return new Response();
  };
  await send({ fetch: given });
  await send({ fetch: given, init: { cache: 'reload' } });
  expect(modes).toEqual(['no-store', 'reload']);
});

test('body: files, forms and bytes have the content-type of the platform, and GET has no body', async () => {
  const form = new FormData();
  form.set('photo', new Blob(['pixels'], { type: 'image/png' }), 'photo.png');
  await send({ body: () => form });
  await send({ body: () => new Blob(['pixels'], { type: 'image/png' }) });
  await send({ body: () => new Uint8Array([112, 120]) });
  await send({ method: 'GET' });
  const types = http.server.received.map(({ headers }) => headers['content-type']);
  expect(types).toEqual([
    expect.stringMatching(/^multipart\/form-data; boundary=/),
    'image/png',
    undefined,
    undefined,
  ]);
  expect(http.server.received.map(({ body }) => body).slice(1)).toEqual(['pixels', 'px', '']);
  expect(http.server.received[0]?.body).toContain('filename="photo.png"');
});

test('the key: any id makes a valid header, and two ids never make the same one', async () => {
  const ids = ['plain-1', 'with space', 'ü', '%C3%BC', '\u{1F600}', '\uD800', 'a\r\nb: c'];
  for (const id of ids) await httpSender({ url: http.server.url })(delivered(1, id), never);
  const keys = http.server.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toBe('plain-1');
  expect(new Set(keys).size).toBe(ids.length);
});

test('classify: its outcome counts, undefined means the default, and it may read the body', async () => {
  http.server.answer = (response) => response.writeHead(200).end('{"isAccepted":false}');
  const classify: HttpSenderOptions['classify'] = async (response) => {
    const { isAccepted } = (await response.json()) as { isAccepted: boolean };
    return isAccepted ? undefined : { result: 'reject', reason: 'not accepted' };
  };
  expect(await send({ classify })).toEqual({ result: 'reject', reason: 'not accepted' });
  expect(await send({ classify: () => undefined })).toEqual({ result: 'done' });
  await expect(send({ classify: (() => ({ result: 'lost' })) as never })).rejects.toThrow(
    TypeError,
  );
});

test('a refusal: has the status and the first 2,048 bytes of the answer', async () => {
  http.server.answer = (response) => response.writeHead(422).end('x'.repeat(1_000_000));
  const outcome = await send();
  expect(outcome).toMatchObject({ result: 'reject', error: { status: 422 } });
  expect((outcome as { reason: string }).reason).toBe(`422 ${'x'.repeat(2_048)}`);
});

test('an answer that breaks off: the status decides', async () => {
  http.server.answer = (response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('half', () => response.destroy());
  };
  expect(await send()).toEqual({ result: 'done' });
});

test('Retry-After: seconds and a date, capped by maxRetryAfterMs', async () => {
  let value = '2';
  http.server.answer = (response) => response.writeHead(503, { 'retry-after': value }).end();
  expect(await send()).toMatchObject({ result: 'hold', afterMs: 2_000 });
  value = new Date(Date.now() + 3_600_000).toUTCString();
  expect(await send({ maxRetryAfterMs: 5_000 })).toMatchObject({ result: 'hold', afterMs: 5_000 });
});

test('options: refused by name', () => {
  const cases: readonly (readonly [object | undefined, string])[] = [
    [undefined, 'options must be an object with url, got undefined'],
    [{}, 'url must be a string, a URL object or a function, got undefined'],
    [{ url: 'x', timeoutMs: 0 }, 'timeoutMs must be a whole number of milliseconds from 1, got 0'],
    [{ url: 'x', redirect: 'error' }, "redirect must be 'manual' or 'follow', got \"error\""],
    [{ url: 'x', body: 'text' }, 'body must be a function, got "text"'],
    [{ url: 'x', retries: 3 }, 'there is no option "retries"'],
  ];
  for (const [given, message] of cases)
    expect(() => httpSender(given as never)).toThrow(new TypeError(message));
});
