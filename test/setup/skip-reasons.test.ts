// Covers test/setup/skip-reasons.mjs
import { expect, test } from 'vitest';
import { skipReasons } from './skip-reasons.mjs';

const file = 'test/a.test.ts';

test('cases that a backend lacks something for are one line for each backend, and every requirement has its count', () => {
  const lacks = (reason: string) => ({ file, reason });
  expect(
    skipReasons([
      lacks('NATS lacks groups'),
      lacks('memory lacks self, join'),
      lacks('memory lacks join'),
    ]),
  ).toEqual(['Skipped: NATS lacks groups (1)', 'Skipped: memory lacks join (2), self (1)']);
});

test('other reasons are one line each, and a test without one is named by its file', () => {
  const skipped = [
    { file, reason: 'no small disk' },
    { file, reason: undefined },
    { file, reason: undefined },
  ];
  expect(skipReasons(skipped)).toEqual([
    'Skipped: no reason given in test/a.test.ts (2)',
    'Skipped: no small disk (1)',
  ]);
});

test('a run that skips nothing prints no line', () => {
  expect(skipReasons([])).toEqual([]);
});
