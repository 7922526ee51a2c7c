// Covers src/queue/write-nodes.ts, src/queue/written-value.ts
import { expect, test } from 'vitest';
import { textOf } from '../../src/queue/written-value.ts';

const text = (value: unknown) => textOf(value, 'payload', 'orders');

const blob = new Blob(['x']);

const PLACES: readonly (readonly [path: string, value: unknown])[] = [
  ['payload', blob],
  ['payload', Symbol('x')],
  ['payload.a.b', { first: { deep: 1n }, a: { b: blob } }],
  ['payload[1]', [[2n], blob]],
  ['payload.get()', new Map([['key', blob]])],
  ['payload.get()', new Map([[blob, 'value']])],
  ['payload.values()', new Set([1n, blob])],
  ['payload.cause', new Error('x', { cause: blob })],
  ['payload.extra', Object.assign([1], { extra: blob })],
  ['payload[0].file', [{ file: blob }]],
];

for (const [path, value] of PLACES)
  test(`textOf: a value that has no text is named by its path ${path}`, () => {
    expect(() => text(value)).toThrow(
      expect.objectContaining({ code: 'not-cloneable', channel: 'orders', path }),
    );
    expect(() => text(value)).toThrow(`cannot be stored as text at ${path}:`);
  });

test('textOf: the cause of the refusal says what has no text', () => {
  const causeOf = (value: unknown): unknown => {
    try {
      return text(value);
    } catch (error) {
      return String((error as Error).cause);
    }
  };
  expect(causeOf(blob)).toBe('TypeError: there is no text for [object Blob]');
  expect(causeOf(Symbol('x'))).toBe('TypeError: a symbol is no data');
});

/** What JSON would change, or leave out. */
const NOT_JSON: readonly unknown[] = [
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0,
  1n,
  { a: undefined },
  [undefined],
  Array(1),
  Object.assign([1], { extra: 1 }),
  new Date(0),
  Object.create(null),
  new Map(),
];

test('textOf: a value that JSON would change is written as nodes, also as a part', () => {
  for (const value of NOT_JSON)
    for (const whole of [value, { part: value }, [1, [value]]]) expect(text(whole)[0]).toBe('!');
});

test('textOf: every value that JSON keeps is written as JSON', () => {
  for (const value of ['', 'a', 0, 1.5, true, false, null, {}, [], { a: [{ b: null }] }, [[], {}]])
    expect(text(value)).toBe(JSON.stringify(value));
});

test('textOf: an object that occurs twice is written once', () => {
  const part = { long: 'x'.repeat(100) };
  expect(text([part, part]).split(part.long).length - 1).toBe(1);
  expect(text([part, part])[0]).toBe('!');
});

test('textOf: an array without holes is written as its items alone', () => {
  expect(text([1n])).toBe('![["a",["i","1"]],[0]]');
  expect(text([[], 1n])).toBe('![["a",[1],["i","1"]],["a"],[0]]');
  expect(text(Array(2))).toBe('![["s",2],[0]]');
});
