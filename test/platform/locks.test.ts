import { afterEach, expect, test, vi } from 'vitest';
import { idleLocks, platformLocks, sharedLocks } from '../../src/platform/locks.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('platformLocks: are those of the navigator, or null without any', () => {
  expect(platformLocks()).toBe(navigator.locks);
  vi.stubGlobal('navigator', { locks: null });
  expect(platformLocks()).toBe(null);
  vi.stubGlobal('navigator', undefined);
  expect(platformLocks()).toBe(null);
});

test('sharedLocks: are none in Node, whose threads share no locks', () => {
  expect(sharedLocks()).toBe(null);
  vi.stubGlobal('BroadcastChannel', class {});
  expect(sharedLocks()).toBe(navigator.locks);
});

test('idleLocks: are none in Deno, whose process a held lock keeps alive', () => {
  expect(idleLocks()).toBe(navigator.locks);
  vi.stubGlobal('Deno', {});
  expect(idleLocks()).toBe(null);
});
