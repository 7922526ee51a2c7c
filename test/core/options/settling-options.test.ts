import { expect, test } from 'vitest';
import { MAX_NOTE_LENGTH, settlingOptions } from '../../../src/core/options/settling-options.ts';

test('settlingOptions: without options there are none, and options that are undefined are left out', () => {
  for (const verb of ['ack', 'nack', 'reject'] as const)
    expect([settlingOptions(verb, undefined), settlingOptions(verb, {})]).toEqual([{}, {}]);
  const none = { delayMs: undefined, error: undefined, reason: undefined };
  expect(Object.keys(settlingOptions('nack', { ...none, countsAsAttempt: undefined }))).toEqual([]);
  expect(settlingOptions('reject', { reason: null, error: null })).toEqual({});
  expect(settlingOptions('nack', { reason: null })).toEqual({});
});

test('settlingOptions: each option of the verb is kept, and an error becomes its name and message', () => {
  const failure = { name: 'RangeError', message: 'odd' };
  const error = new RangeError('odd');
  expect(settlingOptions('ack', { reply: null })).toEqual({ reply: null });
  expect(settlingOptions('nack', { delayMs: 0, countsAsAttempt: true, error })).toEqual({
    ...{ delayMs: 0, countsAsAttempt: true, error: failure },
  });
  expect(settlingOptions('reject', { reason: '', error })).toEqual({ reason: '', error: failure });
});

test('settlingOptions: a nack of an offline device does not count as an attempt, unless it says so', () => {
  const offline = { reason: 'offline' } as const;
  expect(settlingOptions('nack', offline)).toEqual({ ...offline, countsAsAttempt: false });
  for (const countsAsAttempt of [true, false])
    expect(settlingOptions('nack', { ...offline, countsAsAttempt })).toEqual({
      ...offline,
      countsAsAttempt,
    });
  expect(settlingOptions('reject', offline)).toEqual(offline);
});

test('settlingOptions: a result that is checked again is unchanged', () => {
  const given = { delayMs: 5, reason: 'offline', error: new RangeError('odd') };
  const checked = settlingOptions('nack', given);
  expect(settlingOptions('nack', checked)).toEqual(checked);
  const long = settlingOptions('reject', { reason: 'x'.repeat(MAX_NOTE_LENGTH + 1) });
  expect(settlingOptions('reject', long)).toEqual(long);
});

test('settlingOptions: a note of the greatest length is kept, and a longer one is cut to it', () => {
  const note = 'x'.repeat(MAX_NOTE_LENGTH);
  expect(settlingOptions('reject', { reason: note }).reason).toBe(note);
  const { reason } = settlingOptions('reject', { reason: `${note}y` });
  expect([reason?.length, reason?.at(-1)]).toEqual([MAX_NOTE_LENGTH, '…']);
});

const REFUSED: readonly (readonly [
  verb: 'ack' | 'nack' | 'reject',
  given: unknown,
  why: string,
])[] = [
  ['nack', 5, 'options must be an object, got 5'],
  ['nack', null, 'options must be an object, got null'],
  ['nack', new Error('odd'), 'options must be an object with delayMs or error or'],
  ['ack', { delayMs: 5 }, 'ack has no option "delayMs"'],
  ['nack', { reply: 5 }, 'nack has no option "reply"'],
  ['reject', { countsAsAttempt: true }, 'reject has no option "countsAsAttempt"'],
  ['reject', { delayMs: 5 }, 'reject has no option "delayMs"'],
  ['nack', { delayMs: -1 }, 'delayMs must be a whole number'],
  ['nack', { countsAsAttempt: 1 }, 'countsAsAttempt must be'],
  ['nack', { reason: 'online' }, 'reason must be'],
  ['reject', { reason: 5 }, 'reason must be a string, got 5'],
];

for (const [verb, given, why] of REFUSED)
  test(`settlingOptions: of ${verb} are refused: ${why}`, () => {
    expect(() => settlingOptions(verb, given)).toThrow(why);
    expect(() => settlingOptions(verb, given)).toThrow(TypeError);
  });
