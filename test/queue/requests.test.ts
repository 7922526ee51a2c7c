import { expect, test } from 'vitest';
import {
  claimRequest,
  DeliveredLeases,
  extendCommand,
  nackCommand,
  rejectCommand,
} from '../../src/queue/requests.ts';

const ack = { verb: 'ack' } as const;

test('claimRequest: fills in the defaults', () => {
  expect(claimRequest('orders', 5, 0)).toEqual({
    channel: 'orders',
    limit: 5,
    leaseMs: 30_000,
    maxAttempts: 10,
  });
});

test('nackCommand, rejectCommand, extendCommand: say what is left out', () => {
  expect(nackCommand()).toEqual({ verb: 'nack', delayMs: 0, error: null });
  expect(rejectCommand()).toEqual({ verb: 'reject', note: null, error: null });
  expect(extendCommand(5)).toEqual({ verb: 'extend', ms: 5 });
});

test('DeliveredLeases: fills in the newest lease of a bare id, and keeps a lease that is given', () => {
  const leases = new DeliveredLeases();
  leases.add('a', { lease: 3, channel: 'orders' });
  leases.add('a', { lease: 7, channel: 'orders' });
  expect(leases.request('a', undefined, ack)).toEqual({ eventId: 'a', lease: 7, command: ack });
  expect(leases.request('a', 3, ack)).toEqual({ eventId: 'a', lease: 3, command: ack });
  expect(leases.request('b', 3, ack)).toEqual({ eventId: 'b', lease: 3, command: ack });
  expect(leases.request('b', undefined, ack)).toBe(null);
  expect(leases.request('__proto__', undefined, ack)).toBe(null);
});

test('DeliveredLeases: forgets a spent lease, but not a newer one of the same event', () => {
  const leases = new DeliveredLeases();
  leases.add('a', { lease: 7, channel: 'orders' });
  leases.forget({ eventId: 'a', lease: 3, command: ack });
  expect(leases.channelOf('a')).toBe('orders');
  leases.forget({ eventId: 'a', lease: 7, command: ack });
  expect(leases.request('a', undefined, ack)).toBe(null);
});

test('DeliveredLeases: releases each held lease once', () => {
  const leases = new DeliveredLeases();
  leases.add('a', { lease: 1, channel: 'orders' });
  leases.add('b', { lease: 2, channel: 'orders' });
  expect(leases.releaseAll().map(({ eventId, lease }) => [eventId, lease])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(leases.releaseAll()).toEqual([]);
});
