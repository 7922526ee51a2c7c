import { CHANNEL, expectNothingDue, openBackend, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

/** Wraps each object in a proxy, also the parts of an object, as reactive state does. */
function behindProxies<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  return new Proxy(value, { get: (target, key) => behindProxies(Reflect.get(target, key)) });
}

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ index }));
// biome-ignore lint/style/noRestrictedGlobals: a value to carry, not a clock
const date = () => new Date(5);

function nested(levels: number): unknown {
  let value: unknown = 'end';
  for (let level = 0; level < levels; level += 1)
    value = level % 2 === 0 ? { inner: value } : [value];
  return value;
}

/** Which parts of a value are the same object. The copy must agree with the published value. */
function identities(seen: Readonly<Record<string, unknown>>): readonly boolean[] {
  const { left, right, map, self } = seen as {
    left: object;
    right: readonly object[];
    map: Map<object, object>;
    self: object;
  };
  return [right[0] === left, map.get(left) === seen, self === seen];
}

export const publishValuesCases: readonly ConformanceCase[] = [
  {
    name: 'publish: accepts plain data behind proxies, at any size and beside any other value',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      for (const count of [1, 256, 257, 2_000]) {
        const value = { rows: rows(count), at: date(), map: new Map([['key', [1]]]), title: 'x' };
        const map = new Map([['key', behindProxies([1])]]);
        await backend.publish(CHANNEL, behindProxies({ ...value, map }));
        const message = await takeNext(backend);
        expectEqual(message.payload, value, `payload with ${count} rows`);
        await backend.ack(message.eventId, message.lease);
      }
    },
  },
  {
    name: 'publish: keeps one object in two places one object, and circles, within a Map too',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      const left = { a: 1 };
      const value: Record<string, unknown> = { left, right: [left], at: date() };
      value['map'] = new Map([[left, value]]);
      value['self'] = value;
      await backend.publish(CHANNEL, value);
      const { payload } = await takeNext(backend);
      expectEqual(identities(payload as typeof value), [true, true, true], 'the same objects');
    },
  },
  {
    name: 'publish: delivers a value that is nested 1,000 levels deep, and refuses a deeper one',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, nested(1_000));
      const message = await takeNext(backend);
      expectEqual(message.payload, nested(1_000), 'payload');
      await backend.ack(message.eventId, message.lease);
      const expected = { name: 'AcklineError', code: 'not-cloneable' } as const;
      for (const levels of [1_001, 100_000])
        await expectRejects(
          () => backend.publish(CHANNEL, nested(levels)),
          { ...expected, says: ['1,000 levels'] },
          `${levels} levels`,
        );
      await expectNothingDue(backend);
    },
  },
  {
    name: 'publish: keeps of a view of a buffer its own bytes, and no more',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      const buffer = new ArrayBuffer(1_000_000);
      const views = [new Uint8Array(buffer, 8, 3), new DataView(buffer, 8, 3)];
      new Uint8Array(buffer).set([1, 2, 3], 8);
      await backend.publish(CHANNEL, views, null, { maxEventBytes: 1_000 });
      const { payload } = await takeNext(backend);
      for (const view of payload as ArrayBufferView[]) {
        expectEqual(
          [view.byteLength, view.buffer.byteLength],
          [3, 3],
          'bytes of the view, and below it',
        );
        expectEqual([...new Uint8Array(view.buffer)], [1, 2, 3], 'bytes');
      }
      expectTrue((payload as unknown[])[1] instanceof DataView, 'a DataView stays one');
    },
  },
];
