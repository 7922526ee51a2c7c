import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { canBeCopied, copyValue } from '../../../src/core/events/plain-copy.ts';

class Point {
  x = 1;
}

const shared = { a: 1 };
const circle: Record<string, unknown> = { name: 'circle' };
circle['self'] = [circle];
function withHole(): number[] {
  const list = [1];
  list[2] = 3;
  return list;
}

const nested = (depth: number): unknown => (depth === 0 ? 'end' : { inner: [nested(depth - 1)] });

const VALUES: Readonly<Record<string, unknown>> = {
  'text and numbers': { a: 'x', b: -0, c: Number.NaN, d: 5n, e: null, f: undefined, g: true },
  'nested data': { order: { lines: [{ sku: 'a', count: 2 }, [], {}] } },
  'one object in two places': { left: shared, right: [shared] },
  'a circle': circle,
  'data deeper than the fast copy goes': nested(40),
  'an array with holes': { list: withHole() },
  'an array with a named property': Object.assign([1, 2], { note: 'x' }),
  'an array with a hole and a named property': Object.assign(withHole(), { note: 'x' }),
  'a long array': Array.from({ length: 1_000 }, (_, index) => ({ index })),
  'a key of the name __proto__': JSON.parse(
    '{"__proto__": {"admin": true}, "a": {"__proto__": 1}}',
  ),
  'dates, maps, sets and patterns': {
    at: new Date(5),
    seen: new Map([[1, new Set([2])]]),
    re: /x/g,
  },
  'bytes and a view': { bytes: new Uint8Array([1, 2, 3]).subarray(1) },
  'an error': new RangeError('far'),
  'an instance of a class': { point: new Point() },
  'no prototype': Object.assign(Object.create(null), { a: 1 }),
  'a plain object that has the tag of another type': { a: 1, [Symbol.toStringTag]: 'Map' },
  'an object without a prototype that has the tag of another type': Object.assign(
    Object.create(null),
    { a: 1, [Symbol.toStringTag]: 'Date' },
  ),
  'keys that are symbols': { a: 1, [Symbol('hidden')]: 2 },
  'a property that is not enumerable': Object.defineProperty({ a: 1 }, 'b', { value: 2 }),
};

for (const [name, value] of Object.entries(VALUES))
  test(`copyValue: for ${name} the copy equals that of structuredClone`, () => {
    const copy = copyValue(value);
    expect(isDeepStrictEqual(copy, structuredClone(value))).toBe(true);
    expect(copy).not.toBe(value);
  });

test('copyValue: a copied array buffer view keeps its type and has a buffer of its own size', () => {
  const buffer = Uint8Array.from({ length: 64 }, (_, index) => index).buffer;
  const views = [
    new DataView(buffer, 8, 16),
    new Uint8ClampedArray(buffer, 8, 16),
    new Float32Array(buffer, 8, 4),
    new BigInt64Array(buffer, 8, 2),
  ];
  for (const view of views) {
    const copy = copyValue(view);
    expect(isDeepStrictEqual(copy, view)).toBe(true);
    expect([copy.byteOffset, copy.buffer.byteLength]).toEqual([0, 16]);
  }
  const fromNode = Buffer.from('text');
  expect(copyValue<Uint8Array>(fromNode)).toEqual(Uint8Array.from(fromNode));
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  expect(copyValue(shared).buffer).toBeInstanceOf(ArrayBuffer);
});

test('copyValue: a proxy, also of a Map, becomes a copy of its target', () => {
  const map = new Map([['a', 1]]);
  const asState = new Proxy(map, {
    get(target, key) {
      const part = Reflect.get(target, key);
      return typeof part === 'function' ? part.bind(target) : part;
    },
  });
  expect(copyValue({ map: asState, list: new Proxy([1, [2]], {}) })).toEqual({
    map,
    list: [1, [2]],
  });
});

test('copyValue: the copy shares no object with the original', () => {
  const value = { list: [{ a: 1 }], inner: { b: [2] } };
  const copy = copyValue(value);
  expect([copy.list, copy.list[0], copy.inner, copy.inner.b]).toEqual([
    [{ a: 1 }],
    { a: 1 },
    { b: [2] },
    [2],
  ]);
  for (const [part, original] of [
    [copy.list, value.list],
    [copy.list[0], value.list[0]],
    [copy.inner, value.inner],
    [copy.inner.b, value.inner.b],
  ])
    expect(part).not.toBe(original);
});

test('copyValue: two references to one object stay references to one object, also in a cycle', () => {
  const both = copyValue({ left: shared, right: shared });
  expect(both.left).toBe(both.right);
  const round = copyValue(circle) as { self: unknown[] };
  expect(round.self[0]).toBe(round);
});

test('copyValue: a getter runs once, and its value becomes a plain property', () => {
  let calls = 0;
  const copy = copyValue({
    get a() {
      calls += 1;
      return [calls];
    },
  });
  expect([calls, Object.getOwnPropertyDescriptor(copy, 'a')?.value]).toEqual([1, [1]]);
});

for (const [name, value] of Object.entries({ function: { a: () => 1 }, symbol: [Symbol('x')] }))
  test(`copyValue: a ${name} is refused as structuredClone refuses it`, () => {
    expect(() => copyValue(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
  });

const NOT_COPYABLE = [
  ...[new Date(5), /x/, new Error('x'), new Uint8Array(2)],
  ...[new Boolean(true), new Number(1), new String('x')],
];

for (const value of NOT_COPYABLE)
  test(`copyValue: a proxy of ${value.constructor.name}, whose value no property holds, is refused`, () => {
    expect(() => copyValue(new Proxy(value, {}))).toThrow(
      expect.objectContaining({ name: 'DataCloneError' }),
    );
  });

test('canBeCopied: is true for data, and false for what the platform cannot clone', () => {
  for (const value of [undefined, 1, 'x', { a: [1, null] }, new Map([[1, new Date(0)]])])
    expect(canBeCopied(value)).toBe(true);
  for (const value of [() => {}, Symbol('x'), { a: [() => {}] }, new WeakMap()])
    expect(canBeCopied(value)).toBe(false);
});
