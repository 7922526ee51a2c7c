// Covers src/core/options/settling-options.ts
import type { EventMessage } from 'ackline';
import { expect, test } from 'vitest';
import { LeaseLedger } from '../../src/queue/lease-ledger.ts';
import {
  claimRequest,
  commandOf,
  releaseRequests,
  settleRequest,
} from '../../src/queue/requests.ts';

const backend = { backendName: 'queue', capabilities: {} };

const ack = { verb: 'ack' } as const;

function message({ lease }: { readonly lease: number }): EventMessage {
  const times = { availableAt: 0, createdAt: 0, leaseExpiresAt: 0 };
  return {
    eventId: 'a',
    channel: 'orders',
    payload: 1,
    metadata: null,
    attempts: 1,
    lease,
    ...times,
  };
}

test('claimRequest: options that were not given have their defaults', () => {
  expect(claimRequest(backend, 'orders', 5, 0)).toEqual({
    channel: 'orders',
    limit: 5,
    pollIntervalMs: 0,
    leaseMs: 30_000,
    maxAttempts: 25,
    maxHoldMs: 600_000,
  });
});

test('claimRequest: an option whose capability the backend lacks is refused', () => {
  const held = { maxHoldMs: 5_000 };
  expect(() => claimRequest(backend, 'orders', 5, 0, held)).toThrow(/maxHoldMs/);
  const protecting = { backendName: 'queue', capabilities: { maxHoldMs: true } } as const;
  expect(claimRequest(protecting, 'orders', 5, 0, held)).toMatchObject(held);
});

test('commandOf: arguments that were left out have explicit values', () => {
  expect(commandOf('ack')).toEqual({ verb: 'ack' });
  expect(commandOf('nack')).toEqual({ verb: 'nack', delayMs: 0, error: null });
  expect(commandOf('reject')).toEqual({ verb: 'reject', note: null, error: null });
  expect(commandOf('extend', 5)).toEqual({ verb: 'extend', ms: 5 });
});

test('settleRequest: an id alone gets its newest lease, and a given lease is kept', () => {
  const leases = new LeaseLedger();
  for (const lease of [3, 7]) leases.add({ messages: [message({ lease })], places: ['here'] });
  const request = (eventId: string, lease?: number) =>
    settleRequest(leases, eventId, lease, ack, undefined);
  const known = { eventId: 'a', channel: 'orders', place: 'here', command: ack };
  expect(request('a')).toEqual({ ...known, lease: 7 });
  expect(request('a', 3)).toEqual({ ...known, lease: 3 });
  expect(request('b', 3)).toEqual({ eventId: 'b', lease: 3, command: ack });
  expect(request('b')).toBe(null);
  expect(request('__proto__')).toBe(null);
});

test('releaseRequests: each held lease is nacked', () => {
  const requests = releaseRequests([
    { eventId: 'a', lease: 1, channel: 'orders', place: undefined },
    { eventId: 'b', lease: 2, channel: 'orders', place: undefined },
  ]);
  expect(requests.map(({ eventId, lease, command }) => [eventId, lease, command.verb])).toEqual([
    ['a', 1, 'nack'],
    ['b', 2, 'nack'],
  ]);
});

const able = {
  backendName: 'queue',
  capabilities: { leaseMs: true, staysIdle: true, maxHoldMs: true },
} as const;

test('claimRequest: what was given is in the request, and only a number of attempts that no event reaches is replaced', () => {
  const { signal } = new AbortController();
  const options = { leaseMs: 1, maxHoldMs: 1, maxAttempts: 3, signal, staysIdle: true } as const;
  expect(claimRequest(able, 'orders', 1, 5, options)).toEqual({
    ...{ channel: 'orders', limit: 1, pollIntervalMs: 5, leaseMs: 1, maxHoldMs: 1, maxAttempts: 3 },
    signal,
  });
  const unlimited = claimRequest(able, 'orders', 1, 0, { maxAttempts: Number.POSITIVE_INFINITY });
  expect(unlimited.maxAttempts).toBe(Number.MAX_SAFE_INTEGER);
});

const REFUSED: readonly (readonly [what: string, message: string, request: () => unknown])[] = [
  ['a channel', 'channel must match', () => claimRequest(able, 'no spaces', 1, 0)],
  ['options', 'options must be an object', () => claimRequest(able, 'a', 1, 0, 5 as never)],
  ['a limit', 'limit must be a whole number from 1', () => claimRequest(able, 'a', 0, 0)],
  ['a poll interval', 'pollIntervalMs must be', () => claimRequest(able, 'a', 1, -1)],
  ['a signal', 'signal must be', () => claimRequest(able, 'a', 1, 0, { signal: {} as never })],
  [
    'keepAlive',
    'keepAlive must be',
    () => claimRequest(able, 'a', 1, 0, { keepAlive: 1 as never }),
  ],
  [
    'staysIdle',
    'staysIdle must be',
    () => claimRequest(able, 'a', 1, 0, { staysIdle: 1 as never }),
  ],
  ['a leaseMs of 0', 'leaseMs must be', () => claimRequest(able, 'a', 1, 0, { leaseMs: 0 })],
  ['a maxHoldMs of 0', 'maxHoldMs must be', () => claimRequest(able, 'a', 1, 0, { maxHoldMs: 0 })],
  ['attempts', 'maxAttempts must be', () => claimRequest(able, 'a', 1, 0, { maxAttempts: 0 })],
  ['an event id', 'eventId must be a string', () => settled(5 as never, 1)],
  ['a lease', 'lease must be a whole number from 0', () => settled('a', -1)],
  ['an extension by 0', 'ms must be', () => commandOf('extend', 0)],
  ['a delay', 'delayMs must be', () => commandOf('nack', { delayMs: -1 })],
];

const settled = (eventId: string, lease: number) =>
  settleRequest(new LeaseLedger(), eventId, lease, ack, undefined);

for (const [what, message, request] of REFUSED)
  test(`a request with ${what} out of range is refused: ${message}`, () => {
    expect(request).toThrow(message);
    expect(request).toThrow(TypeError);
  });

test('claimRequest: keepAlive and staysIdle have three and two values, and only a true staysIdle needs the capability', () => {
  for (const keepAlive of ['work', true, false] as const)
    for (const staysIdle of [true, false])
      expect(claimRequest(able, 'a', 1, 0, { keepAlive, staysIdle })).not.toHaveProperty(
        'keepAlive',
      );
  expect(() => claimRequest(backend, 'a', 1, 0, { staysIdle: true })).toThrow(/staysIdle/);
  expect(claimRequest(backend, 'a', 1, 0, { staysIdle: false }).limit).toBe(1);
  expect(() => claimRequest(backend, 'a', 1, 0, { leaseMs: 5 })).toThrow(/leaseMs/);
});

test('commandOf: a nack of an offline device is postponed, and keeps the reason with its error', () => {
  const offline = { reason: 'offline' } as const;
  expect(commandOf('nack', offline)).toEqual({
    verb: 'postpone',
    delayMs: 0,
    error: { name: 'Error', message: 'offline', reason: 'offline' },
  });
  const error = new RangeError('no network');
  expect(commandOf('nack', { ...offline, error, delayMs: 9, countsAsAttempt: true })).toEqual({
    verb: 'nack',
    delayMs: 9,
    error: { name: 'RangeError', message: 'no network', reason: 'offline' },
  });
});

test('commandOf: an attempt counts unless the nack says otherwise, and an error is kept without a reason', () => {
  const error = { name: 'RangeError', message: 'odd' };
  expect(commandOf('nack', { error: new RangeError('odd'), countsAsAttempt: false })).toEqual({
    verb: 'postpone',
    delayMs: 0,
    error,
  });
  expect(commandOf('reject', { reason: 'why', error: new RangeError('odd') })).toEqual({
    verb: 'reject',
    note: 'why',
    error,
  });
  expect([commandOf('ack', { reply: 5 }), commandOf('ack', {})]).toEqual([
    { verb: 'ack', reply: 5 },
    { verb: 'ack' },
  ]);
});

test('settleRequest: a lease that is newer than the known one concerns an event that lies elsewhere', () => {
  const leases = new LeaseLedger();
  leases.add({ messages: [message({ lease: 3 })], places: ['here'] });
  const request = (lease: number, channel?: string) =>
    settleRequest(leases, 'a', lease, ack, channel);
  expect(request(4)).toEqual({ eventId: 'a', lease: 4, channel: 'orders', command: ack });
  expect(request(0)).toMatchObject({ lease: 0, place: 'here' });
  expect(request(3, 'orders')).toMatchObject({ place: 'here' });
  expect(request(3, 'others')).toEqual({ eventId: 'a', lease: 3, channel: 'others', command: ack });
});

test('releaseRequests: another command than a nack is given to each', () => {
  const target = { eventId: 'a', lease: 1, channel: 'orders', place: 'here' };
  const release = { verb: 'release' } as const;
  expect(releaseRequests([target], release)).toEqual([{ ...target, command: release }]);
  expect(releaseRequests([target])).toEqual([
    { ...target, command: { verb: 'nack', delayMs: 0, error: null } },
  ]);
});
