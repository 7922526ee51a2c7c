import { expect, test } from 'vitest';
import { DeliveredLeases } from '../../src/core/delivered-leases.ts';

test('DeliveredLeases: forgets a spent lease, but not a newer one of the same event', () => {
  const leases = new DeliveredLeases();
  leases.add({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.forget('a', 3);
  expect(leases.get('a')).toEqual({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.forget('a', 7);
  expect(leases.get('a')).toBe(undefined);
});

test('DeliveredLeases: gives up everything that is left, once', () => {
  const leases = new DeliveredLeases();
  for (const eventId of ['a', 'b']) leases.add({ eventId, lease: 1, channel: 'orders' });
  expect(leases.takeAll().map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  expect(leases.takeAll()).toEqual([]);
});
