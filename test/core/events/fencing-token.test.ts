import { describe, expect, test } from 'vitest';
import { checkFencingToken } from '../../../src/core/events/fencing-token.ts';
import type { Leased } from '../../../src/core/events/lifecycle.ts';

const held: Leased = {
  attempts: 2,
  availableAt: 500,
  lastError: null,
  lease: 7,
  leaseExpiresAt: 2_000,
  maxAttempts: 3,
};

describe('checkFencingToken', () => {
  test('ok for the newest token, whether it has expired or not', () => {
    expect(checkFencingToken(held, 7)).toBe('ok');
    expect(checkFencingToken({ ...held, leaseExpiresAt: 0 }, 7)).toBe('ok');
  });

  test('stale for any other token, older or newer', () => {
    for (const lease of [6, 8, 0]) expect(checkFencingToken(held, lease)).toBe('stale');
  });

  test('stale for an event that is not leased', () => {
    expect(checkFencingToken('waiting', 7)).toBe('stale');
  });

  test('gone for an event that the store does not have', () => {
    expect(checkFencingToken(undefined, 7)).toBe('gone');
  });
});
