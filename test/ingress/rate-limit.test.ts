// Covers src/ingress/rate-limit.ts
import { expect, test } from 'vitest';
import { rateLimit } from '../../src/ingress.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { open, post, problemOf } from './open-ingress.ts';

const from = (sender?: string) => post('1', sender === undefined ? {} : { 'x-user': sender });
const senderOf = ({ headers }: { headers: { get(name: string): string | null } }) =>
  headers.get('x-user') ?? undefined;

function statusesOf(limit: ReturnType<typeof rateLimit>, requests: readonly Request[]) {
  return requests.map((request) => {
    const answer = limit(request);
    return answer === true ? 202 : answer.status;
  });
}

test('so many requests at once, then 429 with the time until the next one is allowed, and one for each share of perMs', async () => {
  const runtime = new ManualRuntime();
  const authorize = rateLimit({ limit: 3, perMs: 30_000, runtime });
  const { handle, faults } = open({ authorize });
  const statusOf = async () => (await handle(post('1'))).status;
  expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([202, 202, 202]);
  const refused = await handle(post('1'));
  expect(refused.headers.get('retry-after')).toBe('10');
  expect(await problemOf(refused)).toEqual({
    status: 429,
    code: 'rate-limited',
    title: 'too many requests',
  });
  await runtime.advance(9_999);
  expect(await statusOf()).toBe(429);
  await runtime.advance(1);
  expect([await statusOf(), await statusOf()]).toEqual([202, 429]);
  await runtime.advance(30_000);
  expect([await statusOf(), await statusOf(), await statusOf(), await statusOf()]).toEqual([
    202, 202, 202, 429,
  ]);
  expect(faults).toEqual([]);
});

test('each sender has a limit of its own, and undefined has none', () => {
  const limit = rateLimit({ limit: 1, senderOf, runtime: new ManualRuntime() });
  const requests = ['a', 'b', 'a', undefined, undefined, '__proto__', '__proto__'].map(from);
  expect(statusesOf(limit, requests)).toEqual([202, 202, 429, 202, 202, 202, 429]);
});

test('maxSenders: the sender that has sent nothing for longest is forgotten', () => {
  const limit = rateLimit({ limit: 2, maxSenders: 2, senderOf, runtime: new ManualRuntime() });
  const requests = ['a', 'b', 'a', 'c', 'a', 'b', 'b'].map(from);
  expect(statusesOf(limit, requests)).toEqual([202, 202, 202, 202, 429, 202, 202]);
});

test('a clock that is set back locks no sender out', async () => {
  const runtime = new ManualRuntime();
  const limit = rateLimit({ limit: 1, perMs: 1_000, runtime });
  expect(statusesOf(limit, [from()])).toEqual([202]);
  await runtime.jumpTo(1_000_000);
  await runtime.advance(1_000);
  expect(statusesOf(limit, [from()])).toEqual([202]);
});

test('options out of range are refused', () => {
  const create = (given: object) => () => rateLimit(given as never);
  expect(create({})).toThrow('limit must be a whole number from 1');
  expect(create({ limit: 0 })).toThrow('limit must be a whole number from 1');
  expect(create({ limit: 1, perMs: 0 })).toThrow('perMs must be a whole number');
  expect(create({ limit: 1, senderOf: 'ip' })).toThrow('senderOf must be a function');
  expect(create({ limit: 1, maxSenders: 0 })).toThrow('maxSenders must be a whole number from 1');
  expect(create({ limit: 1, rate: 1 })).toThrow('there is no option "rate"');
});
