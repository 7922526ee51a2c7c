// Covers src/backends/indexeddb/claims/takeover.ts
import { expect, test } from 'vitest';
import {
  firstTakeoverAt,
  type TakeoverRules,
} from '../../../../src/backends/indexeddb/claims/takeover.ts';
import type { LeaseMode } from '../../../../src/backends/indexeddb/database/lease-mode.ts';
import { NO_OWNER } from '../../../../src/backends/indexeddb/liveness/owner-lock.ts';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

const held = [{ expiresAt: 700 }, { expiresAt: 500 }];

function takeoverAt(owner: string, mode: LeaseMode, holdUntil = 600): number {
  const ownerLock = { isDead: (name: string) => name === 'dead' };
  const rules = { ownerLock, leaseMode: mode } as unknown as TakeoverRules;
  return firstTakeoverAt({ owner, holdUntil } as ClaimRow, held, rules);
}

test('a lease is taken over when it expires, and in the mode exclusive not before its owner may hold it no longer', () => {
  expect(takeoverAt('alive', 'available')).toBe(500);
  expect(takeoverAt('alive', 'exclusive')).toBe(600);
  expect(takeoverAt('alive', 'exclusive', 400)).toBe(500);
});

test('the lease of a dead owner is taken over at once, in both modes', () => {
  for (const mode of ['available', 'exclusive'] as const)
    expect(takeoverAt('dead', mode)).toBe(Number.NEGATIVE_INFINITY);
});

test('the lease of a context without a lock is taken over when it expires, because nothing shows that it lives', () => {
  for (const mode of ['available', 'exclusive'] as const)
    expect(takeoverAt(NO_OWNER, mode)).toBe(500);
});

test('a claim that holds nothing is never taken over', () => {
  const rules = {} as TakeoverRules;
  expect(firstTakeoverAt({} as ClaimRow, [], rules)).toBe(Number.POSITIVE_INFINITY);
});
