import { expect, test, vi } from 'vitest';
import { DeliveredLeases } from '../../../src/core/delivery/delivered-leases.ts';

test('DeliveredLeases: forgetting an old lease keeps a newer lease of the same event', () => {
  const leases = new DeliveredLeases();
  leases.add({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.forget({ eventId: 'a', lease: 3, channel: 'orders' });
  expect(leases.get('a')).toEqual({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.forget({ eventId: 'a', lease: 7, channel: 'orders' });
  expect(leases.get('a')).toBe(undefined);
});

test('DeliveredLeases: takeAll returns the remaining leases once', () => {
  const leases = new DeliveredLeases();
  for (const eventId of ['a', 'b']) leases.add({ eventId, lease: 1, channel: 'orders' });
  expect(leases.takeAll().map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  expect(leases.takeAll()).toEqual([]);
});

test('DeliveredLeases: a lost lease calls `lose` of the delivery with that lease, and no other delivery', () => {
  const leases = new DeliveredLeases();
  const [older, newer] = [vi.fn(), vi.fn()];
  leases.add({ eventId: 'a', lease: 3, channel: 'orders', lose: older });
  leases.add({ eventId: 'a', lease: 7, channel: 'orders', lose: newer });
  leases.lose({ eventId: 'a', lease: 3, channel: 'orders' });
  leases.lose({ eventId: 'b', lease: 7, channel: 'orders' });
  expect(newer).not.toHaveBeenCalled();
  leases.lose({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.forget({ eventId: 'a', lease: 7, channel: 'orders' });
  leases.lose({ eventId: 'a', lease: 7, channel: 'orders' });
  expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
});
