import { expect, test } from 'vitest';
import {
  burialRequests,
  ClaimState,
  leasedOf,
} from '../../../../src/backends/indexeddb/claims/claim-state.ts';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import type { Command } from '../../../../src/core/events/lifecycle.ts';
import type { SettleRequest } from '../../../../src/queue/event-store.ts';

const NOW = 100_000;
const EXPIRES_AT = NOW + 30_000;

const span = { seq: 3, at: 0, attempts: 1, expiresAt: EXPIRES_AT };
const row: ClaimRow = {
  ...{ v: 1, queue: 'a', epoch: 4, generation: 2, owner: 'one', maxAttempts: 10 },
  ...{ holdUntil: NOW + 60_000, since: NOW, held: [{ ...span, count: 3 }] },
};
const names = new Map([
  ['3:0', 'x'],
  ['3:1', 'y'],
]);
const state = ClaimState.of(row, names);

function request(eventId: string, command: Command): SettleRequest {
  return { eventId, channel: 'a', lease: 4, place: undefined, command } as SettleRequest;
}

test('an event without a known id is named by its place', () => {
  expect([...state.held.keys()]).toEqual(['x', 'y', '3:2']);
});

test('requests are applied one after the other, and one for an event that has ended has no answer', () => {
  const plan = state.plan(
    [
      request('x', { verb: 'extend', ms: 50_000 }),
      request('y', { verb: 'ack' }),
      request('y', { verb: 'nack', delayMs: 0, error: null }),
      request('unknown', { verb: 'ack' }),
    ],
    NOW,
  );
  expect(plan.answers).toEqual(['ok', 'ok', undefined, undefined]);
  expect([...plan.held]).toEqual([
    ['x', { ...span, expiresAt: NOW + 50_000 }],
    ['3:2', { ...span, at: 2 }],
  ]);
  expect(plan.changes).toEqual([{ event: { ...span, at: 1 }, outcome: { state: 'acknowledged' } }]);
  // The state itself is unchanged.
  expect(state.held.size).toBe(3);
  const next = state.next(plan, 'two');
  expect(next.row).toEqual({ ...row, owner: 'two', generation: 3 });
  expect([...next.held.keys()]).toEqual(['x', '3:2']);
});

test('the times of a claim follow a clock that is set back, and only a clock that is', () => {
  const back = state.at(NOW - 40_000);
  expect(back.held.get('x')?.expiresAt).toBe(EXPIRES_AT - 40_000);
  expect(back.row).toMatchObject({ holdUntil: NOW + 20_000, since: NOW - 40_000 });
  const later = state.at(NOW + 40_000);
  expect(later.held.get('x')?.expiresAt).toBe(EXPIRES_AT);
  expect(later.row).toMatchObject({ holdUntil: NOW + 60_000, since: NOW + 40_000 });
});

test('after another context has changed the claim, only the events that it still holds are left', () => {
  const held = [{ ...span, at: 1, count: 2, expiresAt: 5 }];
  const refreshed = state.refreshed({ ...row, generation: 3, held });
  expect(refreshed.row.generation).toBe(3);
  expect([...refreshed.held]).toEqual([
    ['y', { ...span, at: 1, expiresAt: 5 }],
    ['3:2', { ...span, at: 2, expiresAt: 5 }],
  ]);
  expect([...state.refreshed(row).held]).toEqual([...state.held]);
});

test('a row that holds more events than before is foreign, and none of its events is trusted', () => {
  const held = [{ ...span, count: 4 }];
  expect(state.refreshed({ ...row, held }).held.size).toBe(0);
});

test('an event that is not delivered is buried with its reason, at the place where the claim holds it', () => {
  expect(burialRequests(state, new Map([['y', 'expired']]))).toEqual([
    {
      ...{ eventId: 'y', channel: 'a', lease: 4, place: { ...span, at: 1 } },
      command: { verb: 'bury', reason: 'expired' },
    },
  ]);
});

test('a held event that is as published is due since the beginning, without an error', () => {
  expect(leasedOf(row, { ...span, attempts: 2 })).toEqual({
    ...{ attempts: 2, availableAt: 0, lastError: null, lease: 4 },
    ...{ leaseExpiresAt: EXPIRES_AT, maxAttempts: 10 },
  });
  const kept = { availableAt: 7, lastError: { name: 'Error', message: 'no' } };
  expect(leasedOf(row, { ...span, ...kept })).toMatchObject(kept);
});
