import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { admit, estimateBytes } from '../../src/core/admission.ts';
import type { EventDraft } from '../../src/core/events/message.ts';
import { AcklineError } from '../../src/core/reports/errors.ts';

function errorOf(draft: EventDraft): AcklineError {
  try {
    admit(draft);
  } catch (error) {
    if (error instanceof AcklineError) return error;
    throw error;
  }
  throw new Error('admitted');
}

const uncloneable = () => {};
const cyclic: Record<string, unknown> = { name: 'cyclic' };
cyclic['self'] = cyclic;
cyclic['bad'] = uncloneable;

/** The search for the value that cannot be cloned meets a cycle first. */
function cyclicBelow(): object {
  const root: Record<string, unknown> = {};
  root['child'] = { parent: root };
  root['bad'] = uncloneable;
  return { root };
}

class Point {
  readonly x = 1;
  readonly draw = uncloneable;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = {
  get value() {
    throw new RangeError('from the getter');
  },
};

describe('admit: a value that cannot be cloned is refused with its path', () => {
  const table: readonly (readonly [payload: unknown, path: string])[] = [
    [uncloneable, 'payload'],
    [Symbol('s'), 'payload'],
    [{ a: { b: [0, { c: uncloneable }] } }, 'payload.a.b[1].c'],
    [[1, [uncloneable]], 'payload[1][0]'],
    [{ first: { ok: 1 }, map: new Map([['k', uncloneable]]) }, 'payload.map'],
    [{ a: throwing }, 'payload.a.value'],
    [new WeakMap(), 'payload'],
    [cyclic, 'payload.bad'],
    [{ tree: cyclicBelow() }, 'payload.tree.root.bad'],
    [Object.assign([1], { note: uncloneable }), 'payload[note]'],
    [{ set: new Set([[uncloneable]]) }, 'payload.set[0]'],
    [{ point: new Point() }, 'payload.point.draw'],
    [{ at: new Proxy(new Date(0), {}) }, 'payload.at'],
    [{ bytes: new Proxy(new Uint8Array(1), {}) }, 'payload.bytes'],
    [{ error: new RangeError('far', { cause: uncloneable }) }, 'payload.error'],
    [{ gone: revoked() }, 'payload.gone'],
  ];
  for (const [payload, path] of table)
    test(path, () => {
      const error = errorOf({ channel: 'orders', payload });
      expect(error).toMatchObject({ code: 'not-cloneable', channel: 'orders', path });
      expect(error.cause).toBeInstanceOf(Error);
    });
});

const PLAIN =
  'publish plain data in its place: its raw value, a snapshot of it, or what a promise resolves with';

describe('admit: the error for a value that cannot be cloned says what to publish instead', () => {
  const table: readonly (readonly [payload: unknown, advice: string])[] = [
    [uncloneable, 'functions and symbols are no data: leave it out'],
    [Promise.resolve(1), PLAIN],
    [new WeakMap(), PLAIN],
  ];
  for (const [payload, advice] of table)
    test(`${Object.prototype.toString.call(payload)}: ${advice}`, () => {
      const { message } = errorOf({ channel: 'orders', payload: { ['a'.repeat(500)]: payload } });
      expect(message).toMatch(`${'a'.repeat(192)}…: ${advice}`);
    });

  test('where the platform has no structuredClone', () => {
    vi.stubGlobal('structuredClone', undefined);
    try {
      expect(admit({ channel: 'orders', payload: { list: [1] } }).payload).toEqual({ list: [1] });
      expect(errorOf({ channel: 'orders', payload: { re: /x/ } }).message).toBe(
        'the payload for orders cannot be cloned at payload.re: this context has no structuredClone to copy it with',
      );
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

test('admit: when a getter throws, its error is the cause', () => {
  const error = errorOf({ channel: 'orders', payload: { a: throwing } });
  expect(error.cause).toEqual(new RangeError('from the getter'));
});

test('admit: each getter runs once', () => {
  let calls = 0;
  const payload = {
    get value() {
      calls += 1;
      return calls;
    },
  };
  expect(admit({ channel: 'orders', payload }).payload).toEqual({ value: 1 });
  expect(calls).toBe(1);
});

describe('admit: a payload whose estimated size exceeds maxEventBytes is refused', () => {
  const large: readonly (readonly [kind: string, payload: unknown])[] = [
    ['a long string', 'x'.repeat(600)],
    ['a long key', { ['k'.repeat(600)]: 1 }],
    ['many numbers', Array.from({ length: 200 }, () => 0)],
    ['bytes', new Uint8Array(1_100)],
    ['a buffer', new ArrayBuffer(1_100)],
    ['an error', new Error('x'.repeat(600))],
    ['an error by its cause', new Error('short', { cause: 'x'.repeat(600) })],
    ['a pattern', new RegExp('x'.repeat(600))],
    ['a large number', 2n ** 9_000n],
    ['a blob', new Blob(['x'.repeat(1_100)])],
    ['a map', new Map([['k', 'x'.repeat(600)]])],
    ['a set', new Set(['x'.repeat(600)])],
    ['deep nesting', { a: { b: { c: ['x'.repeat(600)] } } }],
  ];
  for (const [kind, payload] of large)
    test(kind, () => {
      const options = { maxEventBytes: 1_000 };
      expect(errorOf({ channel: 'orders', payload, options })).toMatchObject({
        code: 'too-large',
        channel: 'orders',
      });
      expect(admit({ channel: 'orders', payload }).options).toEqual({});
    });
});

describe('estimateBytes: values of another realm count with their full size', () => {
  const large = [
    "new Error('x'.repeat(600))",
    "new Error('short', { cause: 'x'.repeat(600) })",
    "new RegExp('x'.repeat(600))",
    "new Map([['k', 'x'.repeat(600)]])",
    "new Set(['x'.repeat(600)])",
    'new ArrayBuffer(1_200)',
    'new Uint8Array(1_200)',
    "({ list: ['x'.repeat(600)] })",
  ];
  for (const code of large)
    test(code, () => {
      const bytes = estimateBytes(runInNewContext(code), 100_000);
      expect(bytes).toBeGreaterThan(1_200);
      expect(bytes).toBeLessThan(100_000);
    });
});

describe('estimateBytes: each value counts eight bytes, each character two', () => {
  const estimates: readonly (readonly [kind: string, value: unknown, bytes: number])[] = [
    ['a number', 1, 8],
    ['a string', 'abc', 6],
    ['a bigint of 1,000 bytes', 2n ** 7_999n, 8 + 1_000],
    ['a list, with its keys', [1, 2], 28],
  ];
  for (const [kind, value, bytes] of estimates)
    test(kind, () => {
      expect(estimateBytes(value, 100_000)).toBe(bytes);
    });

  test('the count stops above the limit', () => {
    expect(
      estimateBytes(
        Array.from({ length: 1_000 }, () => 1),
        100,
      ),
    ).toBeLessThan(120);
  });
});

test('admit: an object with several references counts once, and a cycle ends the count', () => {
  const shared = 'x'.repeat(10);
  const node: Record<string, unknown> = { shared: { text: shared } };
  node['again'] = node['shared'];
  node['self'] = node;
  const admitted = admit({ channel: 'orders', payload: node, options: { maxEventBytes: 200 } });
  expect(admitted.payload).toEqual(node);
});

test('admit: of a view of a large buffer only the bytes of the view are counted and copied', () => {
  const view = new Float64Array(new ArrayBuffer(10_000_000), 8, 2).fill(0.5);
  const { payload, bytes } = admit({ channel: 'orders', payload: view });
  expect(payload).toEqual(view);
  expect([(payload as Float64Array).buffer.byteLength, bytes < 100]).toEqual([16, true]);
});

test('admit: metadata counts towards the size and is copied', () => {
  const metadata = { note: 'x'.repeat(600) };
  const draft = { channel: 'orders', payload: 1, metadata };
  expect(admit(draft).metadata).toEqual(metadata);
  expect(admit(draft).metadata).not.toBe(metadata);
  expect(errorOf({ ...draft, options: { maxEventBytes: 1_000 } }).code).toBe('too-large');
});

test('admit: options that were not set are absent from the result', () => {
  const options = { delayMs: 0, maxEventBytes: 100 };
  expect(admit({ channel: 'orders', payload: 1, options }).options).toEqual({ delayMs: 0 });
});

test('admit: a time is a number or a Date, also one of another realm', () => {
  const foreign = runInNewContext('new Date(5_000)') as Date;
  for (const availableAt of [5_000, 0.5, new Date(5_000), foreign]) {
    const draft = { channel: 'orders', payload: 1, options: { availableAt } };
    expect(admit(draft).options).toEqual({ availableAt });
  }
  const options = { availableAt: new Date(Number.NaN) };
  expect(() => admit({ channel: 'orders', payload: 1, options })).toThrow(TypeError);
});
