import { describe, expect, test } from 'vitest';
import {
  applyOptions,
  checkOptions,
  checkWholeNumber,
  DEFAULT_SETTINGS,
  SETTING_RULES,
  show,
} from '../../../src/core/options/options.ts';

const resolve = (base: typeof DEFAULT_SETTINGS, given: object) =>
  applyOptions(base, given, SETTING_RULES);

const ms = (from: number) => `a whole number of milliseconds from ${from}`;
const count = (from: number) => `a whole number from ${from}`;

const orInfinity = 'a whole number from 1, or Infinity';

const LOWEST: readonly (readonly [option: string, from: number, expectation: string])[] = [
  ['leaseMs', 1, ms(1)],
  ['pollIntervalMs', 0, ms(0)],
  ['maxAttempts', 1, orInfinity],
  ['maxHoldMs', 1, ms(1)],
  ['concurrency', 1, count(1)],
  ['backoffBaseMs', 0, ms(0)],
  ['backoffMaxMs', 0, ms(0)],
  ['maxEventBytes', 1, count(1)],
];

const NONSENSE: readonly (readonly [value: unknown, shown: string])[] = [
  [-1, '-1'],
  [1.5, '1.5'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  ['5', '"5"'],
  [null, 'null'],
  [true, 'true'],
  [5n, '5n'],
  [[], 'an array'],
  [{}, 'an object'],
  [() => 5, 'a function'],
  [Symbol('five'), 'Symbol(five)'],
];

describe.each(LOWEST)('applyOptions: %s', (option, from, expectation) => {
  test('the lowest value is accepted, and zero is not replaced by the default', () => {
    const resolved = resolve(DEFAULT_SETTINGS, { [option]: from });
    expect(resolved).toEqual({ ...DEFAULT_SETTINGS, [option]: from });
  });

  test('a value below the lowest is refused', () => {
    expect(() => resolve(DEFAULT_SETTINGS, { [option]: from - 1 })).toThrow(
      new TypeError(`${option} must be ${expectation}, got ${from - 1}`),
    );
  });

  test('an invalid value is refused, naming option, expectation and value', () => {
    for (const [value, shown] of NONSENSE)
      expect(() => resolve(DEFAULT_SETTINGS, { [option]: value })).toThrow(
        new TypeError(`${option} must be ${expectation}, got ${shown}`),
      );
  });

  test('undefined leaves the previous value', () => {
    const base = { ...DEFAULT_SETTINGS, [option]: 77 };
    expect(resolve(base, { [option]: undefined })).toEqual(base);
  });
});

test('applyOptions: a value that is too large is refused, naming the greatest', () => {
  for (const [option, from, expectation] of LOWEST) {
    const most = expectation === orInfinity ? '' : ` to ${Number.MAX_SAFE_INTEGER}`;
    for (const value of [2 ** 53, 1e20])
      expect(() => resolve(DEFAULT_SETTINGS, { [option]: value }), `${option} ${from}`).toThrow(
        new TypeError(`${option} must be ${expectation}${most}, got ${value}`),
      );
  }
});

test('applyOptions: maxAttempts alone may be Infinity', () => {
  const maxAttempts = Number.POSITIVE_INFINITY;
  expect(resolve(DEFAULT_SETTINGS, { maxAttempts }).maxAttempts).toBe(maxAttempts);
  for (const [option, , expectation] of LOWEST.filter(([name]) => name !== 'maxAttempts'))
    expect(() => resolve(DEFAULT_SETTINGS, { [option]: maxAttempts })).toThrow(
      new TypeError(`${option} must be ${expectation}, got Infinity`),
    );
});

test('applyOptions: an autoAck that is no boolean is refused', () => {
  expect(resolve(DEFAULT_SETTINGS, { autoAck: false }).autoAck).toBe(false);
  for (const value of [0, 1, 'true', null])
    expect(() => resolve(DEFAULT_SETTINGS, { autoAck: value })).toThrow(
      new TypeError(`autoAck must be true or false, got ${show(value)}`),
    );
});

test('applyOptions: unknown option names are refused, also those of Object.prototype', () => {
  for (const option of ['leaseMS', 'constructor', 'toString', '__proto__'])
    expect(() => resolve(DEFAULT_SETTINGS, { [option]: 5 })).toThrow(
      new TypeError(`there is no option "${option}"`),
    );
});

test('defaults: they are those of the design', () => {
  expect(DEFAULT_SETTINGS).toEqual({
    leaseMs: 30_000,
    pollIntervalMs: 1_000,
    maxAttempts: 25,
    maxHoldMs: 600_000,
    concurrency: 1,
    backoffBaseMs: 1_000,
    backoffMaxMs: 300_000,
    maxEventBytes: 1_048_576,
    dedupeWindowMs: 86_400_000,
    maxBacklog: Number.POSITIVE_INFINITY,
    whenFull: 'reject',
    retentionMs: 0,
    autoAck: true,
    keepAlive: 'work',
  });
});

test('checkOptions: anything but an object or undefined is refused', () => {
  for (const given of [undefined, {}, Object.create(null)]) checkOptions(given);
  for (const given of [null, [], 'x', 5, () => {}])
    expect(() => checkOptions(given, 'channels')).toThrow(
      new TypeError(`channels must be an object, got ${show(given)}`),
    );
});

test('checkWholeNumber: a valid number is returned', () => {
  expect(checkWholeNumber('limit', 0, 0)).toBe(0);
  expect(checkWholeNumber('limit', Number.MAX_SAFE_INTEGER, 1)).toBe(Number.MAX_SAFE_INTEGER);
});

test('show: a long string is shortened', () => {
  expect(show('x'.repeat(1_000)).length).toBeLessThan(200);
});
