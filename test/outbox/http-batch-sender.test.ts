// Covers src/outbox/http-batch-sender.ts, src/outbox/events-format.ts, src/outbox/exchange.ts
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import { type HttpBatchSenderOptions, httpBatchSender } from '../../src/outbox.ts';
import { delivered } from './open-sender.ts';
import { type HttpServer, type Received, serveHttp } from './serve-http.ts';

let server: HttpServer;
beforeEach(async () => {
  server = await serveHttp();
});
afterEach(() => server[Symbol.asyncDispose]());

const { signal: never } = new AbortController();

const three = ['a', 'b', 'c'].map((id, at) => delivered(at, id));

async function send(
  given: Partial<HttpBatchSenderOptions> = {},
  deliveries: readonly Delivery[] = three,
  signal: AbortSignal = never,
) {
  const sender = httpBatchSender({ url: server.url, batch: { size: 10 }, ...given });
  return (await sender.send(deliveries, signal)) ?? [];
}

const results = async (...given: Parameters<typeof send>) =>
  (await send(...given)).map((outcome) => outcome?.result);

const idsOf = ({ body }: Received): string[] =>
  (JSON.parse(body) as { id: string }[]).map(({ id }) => id);

/** Refuses each request that has one of these events, by its status alone. */
const refusing =
  (bad: readonly string[], status = 422) =>
  (response: ServerResponse, received: Received) => {
    const isBad = idsOf(received).some((id) => bad.includes(id));
    response.writeHead(isBad ? status : 204).end();
  };

test('one request has all events with their ids and trace context, and no Idempotency-Key', async () => {
  const traced = { ...delivered({ total: 1 }, 'a'), metadata: { traceparent: '00-1', user: 7 } };
  expect(await results({}, [traced as Delivery, delivered([2], 'b')])).toEqual(['done', 'done']);
  const [request] = server.received;
  expect(server.received.length).toBe(1);
  expect(request?.headers['content-type']).toBe('application/vnd.ackline.events+json');
  expect(request?.headers['idempotency-key']).toBeUndefined();
  expect(JSON.parse(request?.body ?? '')).toEqual([
    { id: 'a', payload: { total: 1 }, traceparent: '00-1' },
    { id: 'b', payload: [2] },
  ]);
});

test('an answer with results: each event has the outcome of its own status', async () => {
  server.answer = (response) => {
    response.writeHead(422, { 'content-type': 'application/problem+json', 'retry-after': '3' });
    const own = [{ status: 202 }, { status: 409, code: 'id-conflict', title: 'other payload' }];
    response.end(JSON.stringify({ results: [...own, { status: 503 }] }));
  };
  expect(await send()).toMatchObject([
    { result: 'done' },
    { result: 'reject', reason: '409 id-conflict: other payload' },
    { result: 'hold', afterMs: 3_000 },
  ]);
  expect(server.received.length).toBe(1);
});

test.each([
  ['for another number of events', [{ status: 202 }]],
  ['that are no array', 'all'],
])('results %s are left out: the status counts', async (_, given) => {
  server.answer = (response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ results: given }));
  };
  expect(await results()).toEqual(['hold', 'hold', 'hold']);
});

test('a result without a status has the outcome of the answer', async () => {
  server.answer = (response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ results: [{ status: 202 }, {}, null] }));
  };
  expect(await results()).toEqual(['done', 'hold', 'hold']);
});

test('a request that is refused as a whole is halved, until the bad events are alone', async () => {
  server.answer = refusing(['b']);
  expect(await send()).toMatchObject([
    { result: 'done' },
    { result: 'reject', reason: '422' },
    { result: 'done' },
  ]);
  const many = Array.from({ length: 50 }, (_, at) => delivered(at, `e${at}`));
  server.received.length = 0;
  server.answer = refusing(['e33']);
  const outcomes = await results({}, many);
  expect(
    outcomes.map((result, at) => (result === 'done' ? -1 : at)).filter((at) => at >= 0),
  ).toEqual([33]);
  expect(server.received.length).toBeLessThanOrEqual(13);
});

test('after an answer that concerns the host the other half is unsent', async () => {
  server.answer = (response, received) => {
    const count = idsOf(received).length;
    response.writeHead(count === 4 ? 413 : 503).end();
  };
  const four = ['a', 'b', 'c', 'd'].map((id) => delivered(1, id));
  expect(await results({}, four)).toEqual(['hold', 'hold', 'unsent', 'unsent']);
  expect(server.received.length).toBe(2);
});

test.each([
  [500, 'retry'],
  [429, 'hold'],
  [401, 'unauthorized'],
] as const)('%d without results: %s for all, in one request', async (status, result) => {
  server.answer = (response) => response.writeHead(status).end();
  expect(await results()).toEqual([result, result, result]);
  expect(server.received.length).toBe(1);
});

test('no answer within timeoutMs, and a connection that is cut: unreachable', async () => {
  server.answer = () => undefined;
  expect(await results({ timeoutMs: 20 })).toEqual(['unreachable', 'unreachable', 'unreachable']);
  server.answer = (response) => response.destroy();
  expect(await results()).toEqual(['unreachable', 'unreachable', 'unreachable']);
});

test('url, headers and body receive the deliveries; classify decides for all or for each', async () => {
  const options: Partial<HttpBatchSenderOptions> = {
    url: (deliveries) => `${server.url}/many/${deliveries.length}`,
    headers: (deliveries) => ({ 'x-first': deliveries[0]?.eventId ?? '' }),
    body: (deliveries) => deliveries.map(({ eventId }) => eventId).join(','),
    method: 'PUT',
  };
  await send(options);
  expect(server.received[0]).toMatchObject({ method: 'PUT', path: '/many/3', body: 'a,b,c' });
  expect(server.received[0]?.headers['x-first']).toBe('a');
  const all = { result: 'retry', afterMs: 1 } as const;
  expect(await results({ classify: () => all })).toEqual(['retry', 'retry', 'retry']);
  expect(await results({ classify: () => [undefined, all, { result: 'done' }] })).toEqual([
    undefined,
    'retry',
    'done',
  ]);
  server.answer = (response) => response.writeHead(200).end('{"ok":["a"]}');
  const read = async (response: Response, deliveries: readonly Delivery[]) => {
    const { ok } = (await response.json()) as { ok: string[] };
    return deliveries.map(({ eventId }) =>
      ok.includes(eventId) ? undefined : ({ result: 'reject', reason: 'no' } as const),
    );
  };
  expect(await results({ classify: read })).toEqual([undefined, 'reject', 'reject']);
});

test('a body that cannot be built fails its half only', async () => {
  const bad = delivered(1n, 'bad');
  expect(await results({}, [bad, ...three])).toEqual(['retry', 'retry', 'retry', 'retry']);
  expect(server.received.length).toBe(0);
});

test('the signal ends the request', async () => {
  server.answer = () => undefined;
  const ending = new AbortController();
  const sent = results({}, three, ending.signal);
  await new Promise<void>((resolve) => {
    server.intercept = () => {
      resolve();
      return false;
    };
  });
  ending.abort(new Error('lost'));
  expect(await sent).toEqual(['retry', 'retry', 'retry']);
});

test.each<[object, string]>([
  [{ batch: undefined }, 'batch must be an object'],
  [{ batch: { size: 0 } }, 'size must be'],
  [{ onConflict: () => undefined }, 'onConflict must be left out of a batch sender'],
  [{ url: 7 }, 'url must be'],
])('%s is refused: %s', (given, message) => {
  expect(() => httpBatchSender({ url: '/', batch: { size: 2 }, ...given } as never)).toThrow(
    message,
  );
});

test('an answer without an end: a part of it is read, the rest is cancelled, and the status counts', async () => {
  let sentBytes = 0;
  let isCancelled = false;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sentBytes += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(97));
      },
      cancel: () => {
        isCancelled = true;
      },
    });
  const answer = () => Promise.resolve(new Response(endless(), { status: 500 }));
  expect(await results({ fetch: answer })).toEqual(['retry', 'retry', 'retry']);
  expect(isCancelled).toBe(true);
  expect(sentBytes).toBeLessThan(2_000_000);
});
