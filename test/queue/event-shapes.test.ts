import { expect, test } from 'vitest';
import type { DeadLetter, Redriven } from '../../src/index.ts';
import {
  copyOfLetter,
  deadLetterOf,
  isBlocked,
  messageOf,
  redrivenEventOf,
} from '../../src/queue/event-shapes.ts';

const plain = { eventId: 'x', channel: 'a', payload: { n: 1 }, metadata: null, createdAt: 5 };
const leased = { attempts: 2, availableAt: 6, leaseExpiresAt: 9, lease: 7 };
const terms = { state: 'leased', ...leased } as never;

const redriven: Redriven = {
  count: 1,
  redrivenAt: 4,
  attempts: 3,
  reason: 'rejected',
  note: null,
  lastError: null,
  diedAt: 3,
};

test('messageOf: a plain event has the properties of every message alone, and cannot be changed', () => {
  const message = messageOf(plain, terms);
  expect(message).toStrictEqual({ ...plain, ...leased });
  expect(Object.isFrozen(message)).toBe(true);
});

test('messageOf: each publish option that was set is in the message, also where it is 0', () => {
  const result = { eventId: 'w', state: 'cancelled', cancelledAt: 1 } as const;
  const options = {
    delayMs: 0,
    ttlMs: 8,
    priority: 0,
    key: 'k',
    replayed: true,
    redriven,
    after: result,
  } as const;
  expect(messageOf({ ...plain, ...options }, terms)).toStrictEqual({
    ...{ ...plain, ...leased, ...options },
  });
  for (const [name, value] of Object.entries(options)) {
    const message = messageOf({ ...plain, [name]: value }, terms);
    expect(message).toStrictEqual({ ...plain, ...leased, [name]: value });
  }
});

test('messageOf: with the isolation clone payload, metadata and result are copies, and otherwise the values themselves', () => {
  const event = { ...plain, metadata: { m: 1 } };
  const shared = messageOf(event, terms);
  expect([shared.payload === event.payload, shared.metadata === event.metadata]).toEqual([
    true,
    true,
  ]);
  const copy = messageOf(event, terms, 'clone');
  expect([copy.payload, copy.metadata]).toEqual([{ n: 1 }, { m: 1 }]);
  expect([copy.payload === event.payload, copy.metadata === event.metadata]).toEqual([
    false,
    false,
  ]);
});

const death = {
  attempts: 2,
  reason: 'rejected',
  note: 'why',
  lastError: null,
  diedAt: 9,
} as const;

test('deadLetterOf: has the event, its death, and the options that a redrive restores', () => {
  const dead = { state: 'dead', ...death } as const;
  expect(deadLetterOf(plain, dead)).toStrictEqual({ ...plain, ...death });
  const kept = { key: 'k', onDeadLetter: 'block', retentionMs: 0, priority: 3, redriven } as const;
  const waited = { eventId: 'w', state: 'pending' } as const;
  const lost = { delayMs: 5, ttlMs: 6, availableAt: 7 };
  expect(deadLetterOf({ ...plain, ...kept, ...lost, after: waited }, dead)).toStrictEqual({
    ...{ ...plain, ...death, ...kept, after: 'w' },
  });
  expect(deadLetterOf({ ...plain, priority: 0 }, dead)).toStrictEqual({ ...plain, ...death });
});

test('redrivenEventOf: the event begins anew, and knows how it died and how often it was put back', () => {
  const letter: DeadLetter = { ...plain, ...death };
  const first = redrivenEventOf(letter, 20);
  expect(first).toStrictEqual({ ...plain, redriven: { count: 1, redrivenAt: 20, ...death } });
  const kept = { key: 'k', onDeadLetter: 'block', retentionMs: 0, priority: 3 } as const;
  const again = redrivenEventOf({ ...letter, ...kept, redriven, after: 'w' }, 30);
  expect(again).toStrictEqual({
    ...{ ...plain, ...kept, after: { eventId: 'w', state: 'pending' } },
    redriven: { count: 2, redrivenAt: 30, ...death },
  });
});

test('isBlocked: an event whose predecessor was not acknowledged, if it asked for that', () => {
  const after = (state: string) => ({ eventId: 'w', state }) as never;
  expect(isBlocked({ after: after('dead'), onDeadLetter: 'block' })).toBe(true);
  expect(isBlocked({ after: after('acknowledged'), onDeadLetter: 'block' })).toBe(false);
  expect(isBlocked({ after: after('dead'), onDeadLetter: 'continue' })).toBe(false);
  expect([isBlocked({ after: after('dead') }), isBlocked({ onDeadLetter: 'block' })]).toEqual([
    false,
    false,
  ]);
});

test('copyOfLetter: with the isolation clone a caller may change what it gets', () => {
  const letter: DeadLetter = { ...plain, metadata: { m: 1 }, ...death };
  const copy = copyOfLetter(letter, 'clone');
  expect(copy).toStrictEqual(letter);
  expect([copy.payload === letter.payload, copy.metadata === letter.metadata]).toEqual([
    false,
    false,
  ]);
  expect(copyOfLetter(letter, 'none').payload).toBe(letter.payload);
  expect(copyOfLetter({ ...letter, metadata: null }, 'clone').metadata).toBe(null);
});
