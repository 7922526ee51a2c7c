import { expect, test } from 'vitest';
import { readMessage } from '../../../../src/backends/broadcast/wire/message-checks.ts';

const EVENT = {
  channel: 'news',
  publisher: 'member',
  seq: 1,
  eventId: 'event-1',
  payload: undefined,
  metadata: null,
  createdAt: 0,
};

function eventsWith(change: object): object {
  return { ackline: 1, kind: 'events', from: 'member', events: [{ ...EVENT, ...change }] };
}

test('a valid message is accepted unchanged, with any payload', () => {
  for (const payload of [undefined, null, () => 1, new Map()])
    expect(readMessage(eventsWith({ payload }))).toMatchObject({ kind: 'events' });
  expect(readMessage(eventsWith({ delayMs: 5, confirm: true, more: 'unknown' }))).toMatchObject({});
});

test('a time with fractions or before 1970 is accepted, because clocks give such times', () => {
  for (const createdAt of [0.25, -1_000])
    expect(readMessage(eventsWith({ createdAt }))).toMatchObject({ kind: 'events' });
});

test('data without the mark of the library is foreign, and a message of a later version is newer-version', () => {
  for (const data of [
    null,
    1,
    'ackline',
    [],
    {},
    { ackline: 0 },
    { ackline: '1' },
    { ackline: -2 },
  ])
    expect(readMessage(data)).toBe('foreign');
  expect(readMessage({ ackline: 2, kind: 'unknown' })).toBe('newer-version');
});

test('an unknown kind is malformed, also the name of a property of every object', () => {
  for (const kind of ['news', 'toString', 'constructor', '__proto__', 1, undefined])
    expect(readMessage({ ackline: 1, kind, from: 'member' }), String(kind)).toBe('malformed');
});

const BAD_EVENTS: readonly object[] = [
  { channel: 'no channel' },
  { channel: 'x'.repeat(200) },
  { publisher: '' },
  { publisher: 'x'.repeat(65) },
  { publisher: { toString: () => 'member' } },
  { seq: 0 },
  { seq: 1.5 },
  { seq: 2 ** 53 },
  { eventId: 'with blanks' },
  { metadata: [] },
  { metadata: 'text' },
  { metadata: undefined },
  { createdAt: Number.NaN },
  { delayMs: -1 },
  { delayMs: null },
  { confirm: 1 },
];

test('an event with one invalid part makes its message malformed', () => {
  for (const change of BAD_EVENTS)
    expect(readMessage(eventsWith(change)), JSON.stringify(change)).toBe('malformed');
  for (const events of [
    null,
    {},
    new Array(3),
    [EVENT, null],
    [[EVENT]],
    new Array(100_001).fill(EVENT),
  ])
    expect(readMessage({ ackline: 1, kind: 'events', from: 'member', events })).toBe('malformed');
});

test('getters of a message do not run, and properties of its prototype are not read', () => {
  let count = 0;
  const trap = { get: () => (count += 1), enumerable: true };
  const trapped = Object.defineProperties({}, { ackline: trap, kind: trap, from: trap });
  expect(readMessage(trapped)).toBe('foreign');
  expect(readMessage(eventsWith({ payload: Object.defineProperty({}, 'x', trap) }))).toMatchObject(
    {},
  );
  expect(readMessage(Object.create(eventsWith({})))).toBe('foreign');
  expect(count).toBe(0);
});
