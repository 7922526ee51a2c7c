// Covers src/queue/written-value.ts, src/queue/write-nodes.ts,
// src/queue/read-nodes.ts, src/queue/written-id.ts
import { describe, expect, test } from 'vitest';
import { idOf, textOfId } from '../../src/queue/written-id.ts';
import { textOf, valueOfText } from '../../src/queue/written-value.ts';

const again = (value: unknown) => valueOfText(textOf(value, 'payload', 'orders'));

function circle(): unknown {
  const value: Record<string, unknown> = { list: [] };
  value['self'] = value;
  (value['list'] as unknown[]).push(value['list']);
  return value;
}

test('textOf: what JSON keeps is plain JSON, which any program can read', () => {
  const order = { id: 'a', total: 1.5, lines: [{ sku: 'b', tags: [] }], paid: false, note: null };
  expect(textOf(order, 'payload', 'orders')).toBe(JSON.stringify(order));
  expect(textOf('\ud800', 'payload', 'orders')).toBe('"\\ud800"');
});

describe('valueOfText: returns what textOf was given', () => {
  const values: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['undefined in an object', { a: undefined }],
    ['numbers that JSON has not', [Number.NaN, Infinity, -Infinity, -0]],
    ['a bigint', 2n ** 70n],
    ['a date, and an invalid one', [new Date(5), new Date(Number.NaN)]],
    ['a map', new Map<unknown, unknown>([[{ a: 1 }, new Set([1, [2]])]])],
    ['an array with a hole', Object.assign(Array(3), { 1: 'x' })],
    ['an array with a property', Object.assign([1], { extra: 2 })],
    ['a regular expression', /a\/b/gi],
    ['bytes', new Uint8Array([0, 255, 128])],
    ['numbers of 64 bits', new BigInt64Array([-1n])],
    ['a DataView', new DataView(new Uint8Array([1, 2]).buffer)],
    ['a buffer', new Uint8Array([7]).buffer],
    ['wrapped primitives', [Object(1), Object('a'), Object(false), Object(3n)]],
    ['a key that is __proto__', JSON.parse('{"__proto__":{"a":1},"b":2}')],
    ['a string that begins like a list of nodes', '![]'],
    ['a circle', circle()],
  ];
  for (const [what, value] of values)
    test(what, () => {
      expect(again(value)).toStrictEqual(value);
    });
});

test('valueOfText: an error keeps its type, message, stack and cause', () => {
  const given = new RangeError('odd', { cause: new Error('deeper') });
  const read = again({ given }) as { given: Error };
  expect(read.given).toBeInstanceOf(RangeError);
  expect([read.given.message, read.given.stack]).toEqual([given.message, given.stack]);
  expect((read.given.cause as Error).message).toBe('deeper');
  expect(Object.keys(read.given)).toEqual([]);
  const exception = again(new DOMException('no', 'AbortError')) as DOMException;
  expect([exception.name, exception.message]).toEqual(['AbortError', 'no']);
});

test('valueOfText: one object in two places is one object', () => {
  const shared = { a: 1 };
  const read = again([shared, new Map([[shared, shared]])]) as [object, Map<object, object>];
  expect(read[1].get(read[0])).toBe(read[0]);
});

test('textOf: refuses what only the platform can store, and names channel and path', () => {
  expect(() => textOf({ items: [1, { file: new Blob(['x']) }] }, 'payload', 'orders')).toThrow(
    expect.objectContaining({
      name: 'AcklineError',
      code: 'not-cloneable',
      channel: 'orders',
      path: 'payload.items[1].file',
      message: expect.stringContaining('orders'),
    }),
  );
});

test('textOfId: every string comes back, and an ordinary one is stored as it is', () => {
  expect(textOfId('order-17 ü 🎉')).toBe('order-17 ü 🎉');
  for (const id of ['"', '"a"', 'a\0b', '\ud800', 'x\udc00', '🎉'])
    expect(idOf(textOfId(id))).toBe(id);
  expect(textOfId('\ud800')).toBe('"\\ud800"');
});
