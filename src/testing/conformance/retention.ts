import type { PublishOptions } from '../../core/events/message.ts';
import type { BrowsedEvent } from '../../core/protocols/browsed-page.ts';
import { browse } from '../../inspection/browse.ts';
import { resultOf } from '../../results/result-of.ts';
import { CHANNEL, countsOf, type FullBackend, openBackend, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const RETENTION_MS = 60_000;
const KEPT = { retentionMs: RETENTION_MS };
const NONE = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

async function listKept(backend: FullBackend): Promise<readonly BrowsedEvent[]> {
  const options = { state: 'acknowledged', payload: true } as const;
  return (await browse(backend, CHANNEL, options)).events;
}

const payloadsOf = (events: readonly BrowsedEvent[]) => events.map(({ payload }) => payload);

/** Publishes an event for each payload and acknowledges it. */
async function ackEach(
  backend: FullBackend,
  payloads: readonly unknown[],
  options: PublishOptions = KEPT,
): Promise<void> {
  for (const payload of payloads) {
    await backend.publish(CHANNEL, payload, null, options);
    const { eventId, lease } = await takeNext(backend);
    await backend.ack(eventId, lease);
  }
}

export const retentionCases: readonly ConformanceCase[] = [
  {
    name: 'retention: an acknowledged event is kept with its reply, its attempts and its times',
    requires: ['retentionMs', 'reply', 'browse'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      const eventId = await backend.publish(CHANNEL, { order: 1 }, { trace: 'a' }, KEPT);
      const first = await takeNext(backend);
      await backend.nack(eventId, first.lease);
      await runtime.advance(500);
      const { lease } = await takeNext(backend);
      expectEqual(await listKept(backend), [], 'kept events while it is leased');
      await backend.ack(eventId, lease, { reply: { server: 17 } });
      const acknowledgedAt = runtime.now();
      const expected = {
        ...{ eventId, channel: CHANNEL, state: 'acknowledged', payload: { order: 1 } },
        ...{ reply: { server: 17 }, metadata: { trace: 'a' }, createdAt, attempts: 2 },
        ...{ lastError: null, acknowledgedAt, keptUntil: acknowledgedAt + RETENTION_MS },
      };
      expectEqual(await listKept(backend), [expected], 'kept events');
      const { events } = await browse(backend, CHANNEL, { state: 'acknowledged' });
      const { payload, reply, ...without } = expected;
      expectEqual(events, [without], 'without payloads');
    },
  },
  {
    name: 'retention: an acknowledged event is never delivered or counted, and cannot be settled or cancelled',
    requires: ['retentionMs', 'browse', 'cancel', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await backend.publish(CHANNEL, 1, null, KEPT);
      const { lease } = await takeNext(backend);
      await backend.ack(eventId, lease);
      expectEqual(await backend.dequeue(CHANNEL, 0), null, 'a delivery');
      expectEqual(countsOf(await backend.stats(CHANNEL)), NONE, 'counts');
      expectEqual(await backend.nack(eventId, lease), 'gone', 'a nack');
      expectEqual(await backend.cancel(CHANNEL, eventId), 'gone', 'a cancel');
      expectEqual((await listKept(backend)).length, 1, 'kept events');
    },
  },
  {
    name: 'retention: without one, or with 0, nothing is kept',
    requires: ['retentionMs', 'browse'],
    async run(context) {
      const backend = openBackend(context);
      await ackEach(backend, ['plain'], {});
      await ackEach(backend, ['zero'], { retentionMs: 0 });
      expectEqual(await listKept(backend), [], 'kept events');
    },
  },
  {
    name: 'retention: each event is kept for its own time from its end, and not longer',
    requires: ['retentionMs', 'browse', 'clock'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await ackEach(backend, ['long'], { retentionMs: 5_000 });
      await ackEach(backend, ['short'], { retentionMs: 1_000 });
      await runtime.advance(999);
      expectEqual(payloadsOf(await listKept(backend)), ['long', 'short'], 'before');
      await runtime.advance(1);
      expectEqual(payloadsOf(await listKept(backend)), ['long'], 'after the shorter one');
      await runtime.advance(4_000);
      expectEqual(await listKept(backend), [], 'after both');
    },
  },
  {
    name: 'retention: kept events are listed in pages, in the order of their acknowledgements',
    requires: ['retentionMs', 'browse'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of [1, 2, 3, 4, 5]) {
        await ackEach(backend, [payload]);
        await context.runtime.advance(1);
      }
      const seen: unknown[] = [];
      let after: string | undefined;
      do {
        const options = { state: 'acknowledged', limit: 2, after, payload: true } as const;
        const page = await browse(backend, CHANNEL, options);
        seen.push(payloadsOf(page.events));
        after = page.after;
      } while (after !== undefined && seen.length < 10);
      expectEqual(seen, [[1, 2], [3, 4], [5]], 'pages');
    },
  },
  {
    name: 'retention: works with a delay, a key, a priority, an id and a time to live',
    requires: ['retentionMs', 'delayMs', 'keys', 'priority', 'id', 'ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      const others: PublishOptions[] = [
        { delayMs: 10 },
        { key: 'a' },
        { key: 'a', delayMs: 20 },
        { priority: 5 },
        { priority: -5, ttlMs: 100_000 },
        { id: 'own' },
      ];
      const eventIds: string[] = [];
      for (const options of others)
        eventIds.push(await backend.publish(CHANNEL, 1, null, { ...options, ...KEPT }));
      await context.runtime.advance(20);
      for (let count = 0; count < others.length; count += 1) {
        const nacked = await takeNext(backend);
        await backend.nack(nacked.eventId, nacked.lease);
        const { eventId, lease } = await takeNext(backend);
        await backend.ack(eventId, lease);
      }
      const states: string[] = [];
      for (const eventId of eventIds)
        states.push((await resultOf(backend, CHANNEL, eventId)).state);
      expectEqual(new Set(states), new Set(['acknowledged']), 'states');
    },
  },
  {
    name: 'retention: a batch keeps the events that ask for it',
    requires: ['retentionMs', 'publishMany', 'dequeueMany', 'browse'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publishMany([
        { channel: CHANNEL, payload: 1 },
        { channel: CHANNEL, payload: 2, options: KEPT },
        { channel: CHANNEL, payload: 3, options: { retentionMs: 1 } },
      ]);
      const messages = await backend.dequeueMany(CHANNEL, 10, 0);
      await Promise.all(messages.map(({ eventId, lease }) => backend.ack(eventId, lease)));
      const kept = payloadsOf(await listKept(backend)).map(Number);
      expectEqual(kept.sort(), [2, 3], 'kept events');
    },
  },
  {
    name: 'retention: a reply that cannot be cloned is refused, and the event stays leased',
    requires: ['retentionMs', 'reply'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await backend.publish(CHANNEL, 1, null, KEPT);
      const { lease } = await takeNext(backend);
      await expectRejects(
        () => backend.ack(eventId, lease, { reply: { run: () => 1 } }),
        { name: 'AcklineError', code: 'not-cloneable' },
        'an ack with a function',
      );
      expectEqual(await backend.ack(eventId, lease, { reply: 5 }), 'ok', 'the next ack');
    },
  },
  {
    name: 'retention: a reply to an event without a retention is dropped',
    requires: ['retentionMs', 'reply'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await backend.publish(CHANNEL, 1);
      const { lease } = await takeNext(backend);
      expectEqual(await backend.ack(eventId, lease, { reply: 5 }), 'ok', 'the ack');
      expectEqual((await resultOf(backend, CHANNEL, eventId)).state, 'unknown', 'the result');
    },
  },
];
