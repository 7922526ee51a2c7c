// Covers src/core/events/plain-copy.ts
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { testedBackends } from '../backends.ts';
import { WRAPPERS } from './reactive-values.ts';

class Order {
  readonly number = 7;
  readonly lines: unknown;
  constructor(lines: unknown) {
    this.lines = lines;
  }
}

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ index }));

/** Each function makes a new plain value. */
const VALUES: Readonly<Record<string, () => object>> = {
  'a short list': () => ({ rows: rows(256) }),
  'a long list': () => ({ rows: rows(257) }),
  'a list at the top': () => rows(300),
  'a date': () => ({ title: 'x', at: new Date(5), rows: rows(2) }),
  'a map and a set': () => ({
    tags: new Set(['a', { b: 1 }]),
    prices: new Map([['x', { amount: 1 }]]),
  }),
  bytes: () => ({ bytes: Uint8Array.of(1, 2), words: new Uint16Array([1, 2, 3]).subarray(1) }),
  'an object without prototype': () => ({ bare: Object.assign(Object.create(null), { a: 1 }) }),
  'deeply nested data': () => ({ a: [{ b: { c: [[{ d: new Date(1) }]] } }] }),
};

/** Publishes the payload over a backend and returns the delivered payload. */
async function deliver(name: keyof typeof testedBackends, payload: unknown): Promise<unknown> {
  const backend = testedBackends[name].open(new ManualRuntime())();
  try {
    await backend.publish('orders', payload);
    return (await backend.dequeue('orders', 0))?.payload;
  } finally {
    await backend.shutdown();
  }
}

const BACKENDS = ['memory', 'memory (synchronous)', 'IndexedDB', 'broadcast'] as const;

function expectPlain(seen: unknown, expected: unknown): void {
  // `structuredClone` throws for a proxy, and `isDeepStrictEqual` compares prototypes.
  expect(isDeepStrictEqual(structuredClone(seen), structuredClone(expected))).toBe(true);
  expect(isDeepStrictEqual(seen, structuredClone(expected))).toBe(true);
}

for (const backend of BACKENDS)
  describe(`${backend}: a published value is delivered as plain data`, () => {
    for (const [wrapper, wrap] of Object.entries(WRAPPERS))
      for (const [name, make] of Object.entries(VALUES))
        test(`${wrapper} of ${name}`, async () => {
          expectPlain(await deliver(backend, wrap(make())), make());
        });

    test('reactive state within plain data, within a Map, and within an instance of a class', async () => {
      for (const [wrapper, wrap] of Object.entries(WRAPPERS)) {
        const make = (state: object) => ({
          [wrapper]: { state, at: new Date(3) },
          map: new Map([['key', new Set([state])]]),
          order: new Order(state),
          blob: 'below',
        });
        const { order, ...expected } = make({ items: [{ id: 1 }] });
        const seen = await deliver(backend, make(wrap({ items: [{ id: 1 }] })));
        expectPlain(seen, { ...expected, order: { ...order } });
      }
    });

    test('each kind of state within each other', async () => {
      for (const [outer, wrapOuter] of Object.entries(WRAPPERS))
        for (const [inner, wrapInner] of Object.entries(WRAPPERS)) {
          const make = (state: object) => ({
            name: [outer, inner],
            list: [state],
            date: new Date(1),
          });
          const plain = () => ({ rows: rows(300), at: new Date(2) });
          expectPlain(await deliver(backend, wrapOuter(make(wrapInner(plain())))), make(plain()));
        }
    });

    test('one object in two places, and cycles', async () => {
      const shared = WRAPPERS['Vue reactive']?.({ a: 1 }) as object;
      const circle: Record<string, unknown> = {
        left: shared,
        right: [shared],
        order: new Order(shared),
      };
      circle['self'] = circle;
      circle['map'] = new Map([[circle, shared]]);
      const seen = (await deliver(backend, circle)) as typeof circle;
      const { left, right, order, self, map } = seen as never as {
        left: object;
        right: object[];
        order: Order;
        self: object;
        map: Map<object, object>;
      };
      expect(left).toEqual({ a: 1 });
      expect([right[0], order.lines, self, map.get(seen)]).toEqual([left, left, seen, left]);
      expect([
        right[0] === left,
        order.lines === left,
        self === seen,
        map.get(seen) === left,
      ]).toEqual([true, true, true, true]);
    });

    test('a Blob beside reactive state', async () => {
      const state = WRAPPERS['Vue reactive']?.({ a: [1] });
      const seen = (await deliver(backend, { state, file: new Blob(['text']) })) as {
        file: Blob;
        state: object;
      };
      expect([await seen.file.text(), seen.state]).toEqual(['text', { a: [1] }]);
    });
  });
