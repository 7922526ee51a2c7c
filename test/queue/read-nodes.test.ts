import { describe, expect, test } from 'vitest';
import { textOf, valueOfText } from '../../src/queue/written-value.ts';

const again = <T>(value: T): T => valueOfText(textOf(value, 'payload', 'orders')) as T;

const ordinary = { writable: true, enumerable: true, configurable: true };

describe('an error that is read', () => {
  const types = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, Error];
  for (const Type of types)
    test(`is a ${Type.name} again, with the same message`, () => {
      const read = again(new Type('odd'));
      expect(Object.getPrototypeOf(read)).toBe(Type.prototype);
      expect([read.name, read.message]).toEqual([Type.name, 'odd']);
    });

  test('is an Error where its name is no error of the language', () => {
    const own = Object.assign(new Error('odd'), { name: 'OwnError' });
    expect(Object.getPrototypeOf(again(own))).toBe(Error.prototype);
  });

  test('has a message, a stack and a cause of its own only as far as it was given them', () => {
    const bare = new Error();
    const read = again(bare);
    expect([Object.hasOwn(read, 'message'), Object.hasOwn(read, 'cause')]).toEqual([false, false]);
    expect(read.stack).toBe(bare.stack);
    const without = again(Object.assign(new Error('x'), { stack: undefined }));
    expect(without.stack).toBe(undefined);
    expect(Object.hasOwn(again(new Error('x', { cause: undefined })), 'cause')).toBe(true);
  });

  test('has a stack and a cause that a program may change, as those of a new error', () => {
    const read = again(new Error('x', { cause: { a: 1 } }));
    const hidden = { ...ordinary, enumerable: false };
    for (const property of ['stack', 'cause'])
      expect(Object.getOwnPropertyDescriptor(read, property)).toMatchObject(hidden);
    expect(read.cause).toEqual({ a: 1 });
  });
});

test('a key that is __proto__ is an ordinary property, and changes no prototype', () => {
  const read = again({ inner: JSON.parse('{"__proto__":1}'), big: 1n }).inner as object;
  expect(Object.getOwnPropertyDescriptor(read, '__proto__')).toEqual({ ...ordinary, value: 1 });
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
});

test('an array with holes has its length, its holes and its other properties again', () => {
  const given = Object.assign(Array<unknown>(4), { 0: 1, 2: [2n], extra: 'x' });
  const read = again(given);
  expect(read.length).toBe(4);
  expect(Object.entries(read)).toEqual([
    ['0', 1],
    ['2', [2n]],
    ['extra', 'x'],
  ]);
  expect(again(Array(3)).length).toBe(3);
});

test('a map and a set keep the order of their entries, and every type of value in them', () => {
  const map = new Map<unknown, unknown>([
    ['b', undefined],
    [1n, null],
    [Number.NaN, [-0]],
  ]);
  expect([...again(map)]).toStrictEqual([...map]);
  expect([...again(new Set([3, 'x', 1]))]).toEqual([3, 'x', 1]);
});

test('a view has its own type and only its own bytes', () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  const read = again({
    bytes: new Uint8Array(buffer, 1, 2),
    halves: new Uint16Array(buffer, 2),
    view: new DataView(buffer, 3),
  });
  expect(read.bytes).toStrictEqual(new Uint8Array([2, 3]));
  expect(read.halves).toStrictEqual(new Uint16Array(new Uint8Array([3, 4]).buffer));
  expect([read.view.byteLength, read.view.getUint8(0)]).toEqual([1, 4]);
});

test('dates, regular expressions, wrapped primitives and buffers are what they were', () => {
  const given = [new Date(0), /a/gu, Object(false), Object(''), Object(0n), new ArrayBuffer(2)];
  const read = again(given);
  expect(read).toStrictEqual(given);
  expect(read.map((value) => Object.prototype.toString.call(value))).toEqual(
    given.map((value) => Object.prototype.toString.call(value)),
  );
  expect(Number.isNaN(Number(again(new Date(Number.NaN))))).toBe(true);
});
