import { describe, expect, test } from 'vitest';
import {
  bury,
  type Command,
  expire,
  type Leased,
  settle,
  takeLease,
} from '../../../src/core/events/lifecycle.ts';

const failure = { name: 'Error', message: 'before' };
const later = { name: 'TypeError', message: 'now' };

const held: Leased = {
  attempts: 2,
  availableAt: 500,
  lastError: failure,
  lease: 7,
  leaseExpiresAt: 2_000,
  maxAttempts: 3,
};

const exhausted: Leased = { ...held, attempts: 3 };
const waiting = { attempts: 2, availableAt: 500, lastError: failure };

describe('takeLease', () => {
  test('counts the attempt and keeps the order and the last error', () => {
    const terms = { lease: 9, leaseMs: 30, maxAttempts: 4 };
    expect(takeLease(waiting, terms, 1_000)).toEqual({
      attempts: 3,
      availableAt: 500,
      lastError: failure,
      lease: 9,
      leaseExpiresAt: 1_030,
      maxAttempts: 4,
    });
  });

  test('does not change its arguments', () => {
    const before = structuredClone(waiting);
    takeLease(Object.freeze(waiting), { lease: 1, leaseMs: 1, maxAttempts: 1 }, 0);
    expect(waiting).toEqual(before);
  });
});

const nack: Command = { verb: 'nack', delayMs: 0, error: null };
const reject: Command = { verb: 'reject', note: null, error: null };
const dead = { state: 'dead', note: null, lastError: failure, diedAt: 1_000 };

const table: readonly (readonly [promise: string, event: Leased, command: Command, unknown])[] = [
  ['ack ends the event', held, { verb: 'ack' }, { state: 'acknowledged' }],
  ['ack succeeds on the last attempt', exhausted, { verb: 'ack' }, { state: 'acknowledged' }],
  ['nack makes the event ready in its old order', held, nack, { state: 'ready', ...waiting }],
  [
    'nack with a delay schedules the event',
    held,
    { ...nack, delayMs: 50 },
    { state: 'scheduled', ...waiting, availableAt: 1_050 },
  ],
  [
    'nack with an error replaces the last error',
    held,
    { ...nack, error: later },
    { state: 'ready', ...waiting, lastError: later },
  ],
  [
    'nack of the last attempt makes a dead letter',
    exhausted,
    nack,
    { ...dead, reason: 'attempts-exhausted', attempts: 3 },
  ],
  [
    'nack with a delay of the last attempt makes a dead letter at once',
    exhausted,
    { ...nack, delayMs: 50, error: later },
    { ...dead, reason: 'attempts-exhausted', attempts: 3, lastError: later },
  ],
  [
    'nack by a consumer with a lower maxAttempts makes a dead letter',
    { ...held, attempts: 9 },
    nack,
    { ...dead, reason: 'attempts-exhausted', attempts: 9 },
  ],
  [
    'reject makes a dead letter with its note and error',
    held,
    { verb: 'reject', note: 'unknown', error: later },
    { ...dead, reason: 'rejected', attempts: 2, note: 'unknown', lastError: later },
  ],
  [
    'reject without an error keeps the last error',
    held,
    reject,
    { ...dead, reason: 'rejected', attempts: 2 },
  ],
  [
    'extend counts from the current time',
    held,
    { verb: 'extend', ms: 40 },
    { state: 'leased', leaseExpiresAt: 1_040 },
  ],
  [
    'release does not count the attempt',
    held,
    { verb: 'release' },
    { state: 'ready', ...waiting, attempts: 1 },
  ],
  [
    'release of the last attempt makes no dead letter',
    exhausted,
    { verb: 'release' },
    { state: 'ready', ...waiting },
  ],
  [
    'bury makes a dead letter and does not count the attempt',
    exhausted,
    { verb: 'bury', reason: 'expired' },
    { ...dead, reason: 'expired', attempts: 2 },
  ],
];

for (const [promise, event, command, outcome] of table)
  test(`settle: ${promise}`, () => {
    expect(settle(Object.freeze(event), command, 1_000)).toEqual(outcome);
  });

test('expire: the event becomes ready in its old order, with its last error', () => {
  expect(expire(held, 9_000)).toEqual({ state: 'ready', ...waiting });
});

test('expire: expiry of the last attempt makes a dead letter', () => {
  const reason = 'attempts-exhausted';
  expect(expire(exhausted, 9_000)).toEqual({ ...dead, reason, attempts: 3, diedAt: 9_000 });
});

test('bury: a waiting event keeps its attempts and its last error', () => {
  const death = { ...dead, reason: 'expired', attempts: 2, diedAt: 9_000 };
  expect(bury(waiting, 'expired', 9_000)).toEqual(death);
});
