import { describe, expect, test } from 'vitest';
import { expectEqual, expectRejects, expectTrue } from '../../../src/testing/conformance/expect.ts';

function cyclic(name: string): Record<string, unknown> {
  const value: Record<string, unknown> = { name };
  value['self'] = value;
  return value;
}

const own = (json: string): unknown => JSON.parse(json);

describe('expectEqual', () => {
  const same: readonly (readonly [a: unknown, b: unknown])[] = [
    [Number.NaN, Number.NaN],
    [
      [1, [2]],
      [1, [2]],
    ],
    [{ a: { b: 1 } }, { a: { b: 1 } }],
    [new Date(5), new Date(5)],
    [new Map([['a', { b: 1 }]]), new Map([['a', { b: 1 }]])],
    [new Set([1, 2]), new Set([1, 2])],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [cyclic('a'), cyclic('a')],
    [own('{"__proto__":1}'), own('{"__proto__":1}')],
  ];
  for (const [index, [a, b]] of same.entries())
    test(`values of the same structure pass (${index})`, () => expectEqual(a, b, 'value'));

  const different: readonly (readonly [a: unknown, b: unknown])[] = [
    [0, -0],
    [1, '1'],
    [null, undefined],
    [{ a: undefined }, {}],
    [{}, { a: undefined }],
    [[1], [1, 2]],
    [[], {}],
    [new Date(5), new Date(6)],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Set([1]), new Set([2])],
    [Uint8Array.of(1), Uint8Array.of(2)],
    [Uint8Array.of(1), [1]],
    [cyclic('a'), cyclic('b')],
    [own('{"__proto__":1}'), own('{"__proto__":2}')],
    [own('{"__proto__":{}}'), {}],
    [{}, own('{"constructor":1}')],
  ];
  for (const [index, [a, b]] of different.entries())
    test(`values that differ fail (${index})`, () => {
      expect(() => expectEqual(a, b, 'value')).toThrow(/^value: expected /);
    });

  test('the error shows the expected value and the other value', () => {
    expect(() => expectEqual({ a: [1] }, { a: ['1'] }, 'payload')).toThrow(
      new Error('payload: expected { a: ["1"] }, saw { a: [1] }'),
    );
  });
});

describe('expectRejects', () => {
  const closed = Object.assign(new Error('was shut down'), {
    name: 'AcklineError',
    code: 'closed',
  });

  test('an error with all expected parts passes, rejected or thrown', async () => {
    const expected = { name: 'AcklineError', code: 'closed', says: ['shut'] } as const;
    await expectRejects(() => Promise.reject(closed), expected, 'call');
    const thrown = () => {
      throw closed;
    };
    await expectRejects(thrown, expected, 'call');
  });

  const wrong = [
    { name: 'TypeError' },
    { name: 'AcklineError', code: 'storage' },
    { name: 'AcklineError', path: 'payload' },
    { name: 'AcklineError', says: ['shut', 'open'] },
  ] as const;
  for (const expected of wrong)
    test(`an error that is not ${JSON.stringify(expected)} fails`, async () => {
      await expect(expectRejects(() => Promise.reject(closed), expected, 'call')).rejects.toThrow(
        /^call: /,
      );
    });

  test('a call that resolves fails', async () => {
    await expect(
      expectRejects(() => Promise.resolve(5), { name: 'TypeError' }, 'call'),
    ).rejects.toThrow('but it resolved with 5');
  });
});

test('expectTrue: the error states the promise', () => {
  expectTrue(true, 'all is well');
  expect(() => expectTrue(false, 'all is well')).toThrow(new Error('expected that all is well'));
});
