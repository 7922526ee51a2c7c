// Covers src/ingress/create-ingress.ts, src/ingress/read-events.ts
import { expect, test } from 'vitest';
import { RejectError } from '../../src/index.ts';
import { batched, event, open, post, problemOf, structured } from './open-ingress.ts';

test('JSON: stored under the Idempotency-Key, and a repeated request stores nothing and is answered the same', async () => {
  const { handle, stored } = open();
  const answers: unknown[] = [];
  for (let times = 0; times < 3; times += 1) {
    const response = await handle(post('{"total":1}', { 'idempotency-key': 'a%20b' }));
    answers.push([response.status, await response.json()]);
  }
  expect(answers).toEqual(Array(3).fill([202, { id: 'a b' }]));
  expect(await stored()).toEqual([{ eventId: 'a b', payload: { total: 1 }, metadata: null }]);
  // Also when the event has been delivered.
  expect((await handle(post('{"total":1}', { 'idempotency-key': 'a%20b' }))).status).toBe(202);
  expect(await stored()).toEqual([]);
});

test('JSON: an empty body is undefined, other media types of JSON and PUT are taken, trace context is kept', async () => {
  const { handle, stored } = open();
  const put = new Request('http://shop.test/notes', {
    method: 'PUT',
    headers: {
      'content-type': 'application/vnd.shop+json',
      'idempotency-key': 'n',
      traceparent: 't',
    },
    body: '',
  });
  expect((await handle(put)).status).toBe(202);
  expect(await stored('notes')).toEqual([
    { eventId: 'n', payload: undefined, metadata: { traceparent: 't' } },
  ]);
});

test('CloudEvents: structured and binary mode, under source and id, or under the Idempotency-Key', async () => {
  const { handle, stored } = open();
  const noKey = structured(event('1', { traceparent: 'own' }), { traceparent: 'request' });
  noKey.headers.delete('idempotency-key');
  expect(await (await handle(noKey)).json()).toEqual({ id: '/shop 1' });
  expect(await (await handle(structured(event('1')))).json()).toEqual({ id: 'id-1' });
  const attributes = { 'ce-specversion': '1.0', 'ce-id': '2', 'ce-source': '/shop' };
  const binary = post('{"total":2}', { ...attributes, 'ce-type': 'orders' });
  binary.headers.delete('idempotency-key');
  expect(await (await handle(binary)).json()).toEqual({ id: '/shop 2' });
  expect(await stored()).toMatchObject([
    {
      eventId: '/shop 1',
      payload: { total: 1 },
      metadata: { source: '/shop', traceparent: 'own' },
    },
    { eventId: 'id-1' },
    { eventId: '/shop 2', payload: { total: 2 }, metadata: { source: '/shop', type: 'orders' } },
  ]);
});

test('CloudEvents: the same id of two sources are two events', async () => {
  const { handle, stored } = open();
  await handle(batched([event('1'), event('1', { source: '/b' }), event('1')]));
  expect((await stored()).map(({ eventId }) => eventId)).toEqual(['/shop 1', '/b 1']);
});

test('authorize: only true lets a request in, before its body is read', async () => {
  const answers = new Map<unknown, number>([
    [true, 202],
    [401, 401],
    [403, 403],
    [false, 403],
    [undefined, 403],
    ['yes', 403],
  ]);
  for (const [answer, status] of answers) {
    const { handle, stored } = open({ authorize: async () => answer as never });
    const request = post('1');
    expect((await handle(request)).status).toBe(status);
    expect(request.bodyUsed).toBe(status === 202);
    expect((await stored()).length).toBe(status === 202 ? 1 : 0);
  }
  const headers = { 'www-authenticate': 'Bearer' };
  const { handle } = open({ authorize: () => new Response(null, { status: 401, headers }) });
  expect((await handle(post('1'))).headers.get('www-authenticate')).toBe('Bearer');
});

test('authorize and map: an error is 500 and a fault, and its message is not sent', async () => {
  const error = new Error('secret');
  const fail = () => {
    throw error;
  };
  for (const given of [{ authorize: fail }, { map: fail }]) {
    const { handle, faults, stored } = open(given);
    const response = await handle(post('1'));
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problemOf(response))).not.toContain('secret');
    expect(faults).toEqual([error]);
    expect(await stored()).toEqual([]);
  }
});

test('onFault: its own failure changes no answer', async () => {
  const fail = () => {
    throw new Error('no');
  };
  const { handle } = open({ authorize: fail, onFault: fail });
  expect((await handle(post('1'))).status).toBe(500);
});

test('map: changes channel, id, metadata and options, and a RejectError refuses for good', async () => {
  const { handle, stored } = open({
    map: async (received, request) => {
      if (received.payload === 'bad') throw new RejectError('no such customer');
      return {
        ...received,
        channel: 'notes',
        id: `${request.headers.get('x-user')}:${received.id}`,
        metadata: { user: request.headers.get('x-user') },
        options: { key: 'k' },
      };
    },
  });
  await handle(post('1', { 'x-user': 'ada' }));
  expect(await stored('notes')).toEqual([
    { eventId: 'ada:id-1', payload: 1, metadata: { user: 'ada' }, key: 'k' },
  ]);
  const refused = await problemOf(await handle(post('"bad"')));
  expect(refused).toEqual({ status: 422, code: 'rejected', title: 'no such customer' });
});

test('__proto__ in a payload: changes no prototype', async () => {
  const { handle, stored } = open();
  await handle(post('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
  const [first] = await stored();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf(first!.payload)).toBe(Object.prototype);
});

test('dedupeWindowMs: an id is remembered that long', async () => {
  const { handle, stored } = open({ dedupeWindowMs: 0 });
  await handle(post('1'));
  await handle(post('1'));
  expect((await stored()).length).toBe(2);
});
