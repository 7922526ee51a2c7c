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
