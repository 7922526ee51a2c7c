import fc from 'fast-check';
import { oddErrors } from '../../src/testing/conformance/odd-errors.ts';

/** Random calls of the verbs of a backend, as data. Functions make their arguments. */

export const CHANNELS = ['a', 'b'] as const;

/** Each use makes a new value, so that a run cannot change the value of another run. */
const ODD_VALUES: readonly (() => unknown)[] = [
  () => () => 'a function',
  () => Symbol('odd'),
  () => ({ deep: [{ fault: () => 'a function' }] }),
  () => new Proxy({ list: [1] }, {}),
  () => Object.defineProperty({}, 'fault', { enumerable: true, get: throwOdd }),
  () => new Map<unknown, unknown>([[{}, new Set([new Date(0)])]]),
  () => new Blob(['text']),
  () => new Error('odd', { cause: new RangeError('deeper') }),
  () => Array(5),
  () => '\uD800',
  () => 'long '.repeat(1_000),
  () => JSON.parse('{ "__proto__": { "polluted": true } }'),
  ...oddErrors().map((_, index) => () => oddErrors()[index]?.error),
];

function throwOdd(): never {
  throw new Error('odd');
}

const value = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    .map((given) => () => given),
  fc.constantFrom(...ODD_VALUES),
);

const number = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 52, Number.MAX_SAFE_INTEGER, 1e20, Number.MAX_VALUE),
  fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined),
);

/** Some of the options, with valid and invalid values. */
function options(...names: readonly string[]) {
  const kinds = { delayMs: number, leaseMs: number, maxAttempts: number, maxHoldMs: number };
  const each = names.map((name) => [name, Reflect.get(kinds, name) ?? value] as const);
  const given = fc.record(Object.fromEntries(each), { requiredKeys: [] });
  return fc.option(given, { nil: undefined, freq: 4 });
}

const channel = fc.constantFrom(...CHANNELS);
const draft = fc.record({
  channel,
  payload: value,
  metadata: fc.option(
    fc.oneof(
      value,
      fc.constant(() => ({ trace: 'a' })),
    ),
  ),
  options: options('delayMs'),
});
/** The index of a delivery, counted from the last one. */
const held = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 4 }));
const settling = { held, id: fc.option(fc.string(), { freq: 9 }) };

export const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('publish' as const), draft }) },
  fc.record({
    verb: fc.constant('publishMany' as const),
    drafts: fc.array(draft, { maxLength: 4 }),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('dequeueMany' as const),
      channel,
      limit: fc.oneof(fc.integer({ min: 1, max: 4 }), number),
      options: options('leaseMs', 'maxAttempts', 'maxHoldMs'),
    }),
  },
  fc.record({ verb: fc.constant('ack' as const), ...settling }),
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('nack' as const),
      ...settling,
      options: options('delayMs', 'error'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('reject' as const),
      ...settling,
      options: options('reason', 'error'),
    }),
  },
  fc.record({ verb: fc.constant('extend' as const), ...settling, ms: number }),
  fc.record({ verb: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 100_000 }) }),
);

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

function called(make: unknown): unknown {
  return typeof make === 'function' ? make() : make;
}

/** Calls the functions that make the values of the options. */
export function calledAll(given: object | undefined): object | undefined {
  return (
    given &&
    Object.fromEntries(Object.entries(given).map(([name, make]) => [name, called(make)] as const))
  );
}

export function made({ channel: to, payload, metadata, options }: Draft) {
  return {
    channel: to,
    payload: payload(),
    metadata: metadata?.() as Record<string, unknown> | null,
    options: calledAll(options),
  };
}
