import { expect, test } from 'vitest';
import { nextDelayMs } from '../../../src/core/runtime/backoff.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const policy = { backoffBaseMs: 1_000, backoffMaxMs: 300_000 };
const highest = () => 1 - Number.EPSILON;

test('nextDelayMs: the ceiling doubles with each attempt and stops at backoffMaxMs', () => {
  const ceilings = [1, 2, 3, 4, 8, 9, 10, 50, 1_100].map((attempts) =>
    nextDelayMs(attempts, policy, highest),
  );
  const doubled = [1_000, 2_000, 4_000, 8_000, 128_000, 256_000];
  expect(ceilings).toEqual([...doubled, 300_000, 300_000, 300_000]);
});

test('nextDelayMs: with the lowest random number the delay is 0', () => {
  expect(nextDelayMs(5, policy, () => 0)).toBe(0);
});

test('nextDelayMs: with a base or a ceiling of zero the delay is 0', () => {
  expect(nextDelayMs(5, { backoffBaseMs: 0, backoffMaxMs: 300_000 }, highest)).toBe(0);
  expect(nextDelayMs(5, { backoffBaseMs: 1_000, backoffMaxMs: 0 }, highest)).toBe(0);
});

test('nextDelayMs: after any number of attempts the delay is a whole number from 0', () => {
  const most = Number.MAX_SAFE_INTEGER;
  for (const backoffBaseMs of [0, 1, 1_000, most])
    for (const backoffMaxMs of [0, 1, 300_000, most])
      for (const attempts of [1, 2, 53, 1_024, 1_025, 1_100, most])
        for (const random of [() => 0, () => 0.5, highest]) {
          const delayMs = nextDelayMs(attempts, { backoffBaseMs, backoffMaxMs }, random);
          expect(Number.isSafeInteger(delayMs) && delayMs >= 0 && delayMs <= backoffMaxMs).toBe(
            true,
          );
        }
});

test('nextDelayMs: delays are whole numbers, spread evenly over the range', () => {
  const runtime = new ManualRuntime({ seed: 3 });
  const quarters = [0, 0, 0, 0];
  for (let round = 0; round < 4_000; round += 1) {
    const delayMs = nextDelayMs(1, { backoffBaseMs: 99, backoffMaxMs: 99 }, () => runtime.random());
    expect(Number.isInteger(delayMs)).toBe(true);
    quarters[Math.floor(delayMs / 25)]! += 1;
  }
  for (const count of quarters) expect(count).toBeGreaterThan(850);
});
