import { CHANNEL, expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

const JSON_VALUES = [
  null,
  0,
  -1.5,
  '',
  'text',
  true,
  false,
  [],
  {},
  [1, [2]],
  { a: { b: [null] } },
];

function structuredValues(): readonly unknown[] {
  const cyclic: Record<string, unknown> = { name: 'cyclic' };
  cyclic['self'] = cyclic;
  const binary = Uint8Array.of(1, 2, 255);
  const map = new Map<unknown, unknown>([['key', new Set([1, 2])]]);
  // biome-ignore lint/style/noRestrictedGlobals: a value to carry, not a clock
  const date = new Date(0);
  return [undefined, Number.NaN, -0, 2n ** 80n, date, map, binary, cyclic];
}

async function roundTrip(backend: ReturnType<typeof openBackend>, values: readonly unknown[]) {
  for (const value of values) {
    await backend.publish(CHANNEL, value, { value });
    const message = await takeNext(backend);
    expectEqual(message.payload, value, 'payload');
    expectEqual(message.metadata, { value }, 'metadata');
    await backend.ack(message.eventId, message.lease);
  }
}

export const publishCases: readonly ConformanceCase[] = [
  {
    name: 'publish: resolves with the id under which the event is delivered',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      const [eventId] = await publishEach(backend, 'one');
      expectEqual(typeof eventId, 'string', 'type of the id');
      expectEqual((await takeNext(backend)).eventId, eventId, 'id of the delivered event');
    },
  },
  {
    name: 'publish: gives every event an id of its own, equal payloads or not',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      const eventIds = await publishEach(backend, 'same', 'same', 'same');
      expectEqual(new Set(eventIds).size, 3, 'different ids');
    },
  },
  {
    name: 'publish: delivers JSON values as they were published, in payload and metadata',
    requires: [],
    run: (context) => roundTrip(openBackend(context), JSON_VALUES),
  },
  {
    name: 'publish: delivers what structured clone carries as it was published',
    requires: [],
    run: (context) => roundTrip(openBackend(context), structuredValues()),
  },
  {
    name: 'publish: delivers null metadata where none was given',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'bare');
      expectEqual((await takeNext(backend)).metadata, null, 'metadata left out');
      await backend.publish(CHANNEL, 'null', null);
      expectEqual((await takeNext(backend)).metadata, null, 'metadata given as null');
      await backend.publish(CHANNEL, 'empty', {});
      expectEqual((await takeNext(backend)).metadata, {}, 'empty metadata');
    },
  },
  {
    name: 'publish: keeps keys like __proto__ and constructor as data',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":2},"toString":3}';
      await backend.publish(CHANNEL, JSON.parse(text), JSON.parse(text));
      const { payload, metadata } = await takeNext(backend);
      for (const seen of [payload, metadata] as readonly object[]) {
        expectEqual(seen, JSON.parse(text), 'what was published');
        expectTrue(Object.hasOwn(seen, '__proto__'), '__proto__ is an own key');
        expectEqual(Object.getPrototypeOf(seen), Object.prototype, 'prototype');
      }
      expectEqual(Reflect.get({}, 'polluted'), undefined, 'other objects');
    },
  },
  {
    name: 'publish: copies at once, so that the publisher may change what it published',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      const payload = { items: [1] };
      const metadata = { trace: { id: 'a' } };
      const publishing = backend.publish(CHANNEL, payload, metadata);
      payload.items.push(2);
      metadata.trace.id = 'b';
      await publishing;
      payload.items.push(3);
      const message = await takeNext(backend);
      expectEqual(message.payload, { items: [1] }, 'payload');
      expectEqual(message.metadata, { trace: { id: 'a' } }, 'metadata');
    },
  },
  {
    name: 'publish: refuses what cannot be cloned, naming channel and path, and stores nothing',
    requires: ['maxEventBytes'],
    async run(context) {
      const backend = openBackend(context);
      const bad = { items: [{ ok: 1 }, { onClick: () => undefined }] };
      const expected = { name: 'AcklineError', code: 'not-cloneable', channel: CHANNEL } as const;
      const refused = [
        [() => backend.publish(CHANNEL, bad), 'payload.items[1].onClick'],
        [() => backend.publish(CHANNEL, () => undefined), 'payload'],
        [() => backend.publish(CHANNEL, 1, { deep: bad }), 'metadata.deep.items[1].onClick'],
      ] as const;
      for (const [attempt, path] of refused)
        await expectRejects(attempt, { ...expected, path, says: [CHANNEL, path] }, path);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'publish: outlives the context that published',
    requires: ['contexts'],
    async run(context) {
      const publisher = openBackend(context);
      const eventIds = await publishEach(publisher, 'one');
      await publisher.shutdown();
      expectEqual((await takeNext(openBackend(context))).eventId, eventIds[0], 'event');
    },
  },
];
