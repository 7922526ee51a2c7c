import { expect, test } from 'vitest';
import { readMessage } from '../../../../src/backends/broadcast/wire/message-checks.ts';

const EVENT = {
  channel: 'news',
  publisher: 'somebody',
  seq: 1,
  eventId: 'event-1',
  payload: undefined,
  metadata: null,
  createdAt: 0,
};

function eventsWith(change: object): object {
  return { ackline: 1, kind: 'events', from: 'somebody', events: [{ ...EVENT, ...change }] };
}

test('a sound message is taken as it is, whatever its payload', () => {
  for (const payload of [undefined, null, () => 1, new Map()])
    expect(readMessage(eventsWith({ payload }))).toMatchObject({ kind: 'events' });
  expect(readMessage(eventsWith({ delayMs: 5, confirm: true, more: 'unknown' }))).toMatchObject({});
});

test('a time may have fractions, or be from before 1970: clocks have', () => {
  for (const createdAt of [0.25, -1_000])
    expect(readMessage(eventsWith({ createdAt }))).toMatchObject({ kind: 'events' });
});

test('what is no message of ours is foreign, what comes from a later version is newer', () => {
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
  expect(readMessage({ ackline: 2, kind: 'unknown to us' })).toBe('newer-version');
});

test('an unknown kind is malformed, also one that every object has a property of', () => {
  for (const kind of ['news', 'toString', 'constructor', '__proto__', 1, undefined])
    expect(readMessage({ ackline: 1, kind, from: 'somebody' }), String(kind)).toBe('malformed');
});

const BAD_EVENTS: readonly object[] = [
  { channel: 'no channel' },
  { channel: 'x'.repeat(200) },
  { publisher: '' },
  { publisher: 'x'.repeat(65) },
  { publisher: { toString: () => 'somebody' } },
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

test('an event of which anything is out of shape makes its message malformed', () => {
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
    expect(readMessage({ ackline: 1, kind: 'events', from: 'somebody', events })).toBe('malformed');
});

test('no getter of a message is run, and nothing of its prototype is read', () => {
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
