import { expect, test } from 'vitest';
import { hold, holdFor } from '../../../src/core/runtime/hold.ts';

function countingHolds() {
  let held = 0;
  const runtime = {
    hold: () => {
      held += 1;
      return () => {
        held -= 1;
      };
    },
  };
  return { runtime, held: () => held };
}

test('holdFor: the hold lasts until the work has ended, also when the work fails', async () => {
  const { runtime, held } = countingHolds();
  const working = holdFor(runtime, 'work', Promise.resolve(5));
  expect(held()).toBe(1);
  expect(await working).toBe(5);
  await expect(holdFor(runtime, true, Promise.reject(new Error('failed')))).rejects.toThrow(
    'failed',
  );
  expect(held()).toBe(0);
});

test('holdFor: with keepAlive false there is no hold', async () => {
  const { runtime, held } = countingHolds();
  const working = holdFor(runtime, false, Promise.resolve(5));
  expect(held()).toBe(0);
  expect(await working).toBe(5);
});

test('hold: with a runtime that has no hold() it does nothing', () => {
  expect(hold({})()).toBe(undefined);
});
