import type { ObserverEvent } from '../../core/reports/observer.ts';
import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const DRAFT = { key: 'a', replaces: 'waiting' } as const;

/** Acknowledges each event before it takes the next one. Resolves with the payloads. */
async function ackEach(backend: FullBackend): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let message = await backend.dequeue(CHANNEL, 0); message; ) {
    payloads.push(message.payload);
    await backend.ack(message.eventId, message.lease);
    message = await backend.dequeue(CHANNEL, 0);
  }
  return payloads;
}

export const replaceCases: readonly ConformanceCase[] = [
  {
    name: 'replace: the newest of the waiting events of a key is delivered',
    requires: ['replace', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of ['a1', 'a2'])
        await backend.publish(CHANNEL, payload, null, { key: 'a' });
      await backend.publish(CHANNEL, 'b1', null, { key: 'b' });
      for (const payload of ['a3', 'a4']) await backend.publish(CHANNEL, payload, null, DRAFT);
      const counts = { ready: 2, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      expectEqual(await takePayloads(backend), ['b1', 'a4'], 'events');
    },
  },
  {
    name: 'replace: a leased event and one that waits for a retry are not touched',
    requires: ['replace'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of ['a1', 'a2'])
        await backend.publish(CHANNEL, payload, null, { key: 'a' });
      const a1 = await takeNext(backend);
      await backend.publish(CHANNEL, 'a3', null, DRAFT);
      await expectNothingDue(backend);
      await backend.nack(a1.eventId, a1.lease);
      await backend.publish(CHANNEL, 'a4', null, DRAFT);
      const again = await takeNext(backend);
      expectEqual(again.payload, 'a1', 'the retry');
      await backend.ack(again.eventId, again.lease);
      expectEqual(await takePayloads(backend), ['a4'], 'the newest');
    },
  },
  {
    name: 'replace: an event whose delivery was postponed is not touched',
    requires: ['replace', 'countsAsAttempt', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      for (const delayMs of [0, 1_000]) {
        await backend.publish(CHANNEL, `a${delayMs}`, null, { key: 'a' });
        const first = await takeNext(backend);
        await backend.nack(first.eventId, first.lease, { countsAsAttempt: false, delayMs });
        await backend.publish(CHANNEL, 'draft', null, DRAFT);
        await context.runtime.advance(delayMs);
        expectEqual(await ackEach(backend), [`a${delayMs}`, 'draft'], 'events');
      }
    },
  },
  {
    name: 'replace: within a batch the last event of a key is stored',
    requires: ['replace', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const ids = await backend.publishMany([
        { channel: CHANNEL, payload: 'a1', options: { key: 'a' } },
        { channel: CHANNEL, payload: 'a2', options: DRAFT },
        { channel: CHANNEL, payload: 'a3', options: DRAFT },
        { channel: CHANNEL, payload: 'a4', options: { key: 'a' } },
      ]);
      expectEqual(new Set(ids).size, 4, 'ids');
      expectEqual(await ackEach(backend), ['a3', 'a4'], 'events');
    },
  },
  {
    name: 'replace: a key that a dead letter blocks stays blocked',
    requires: ['replace', 'keys'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'a1', null, { key: 'a', onDeadLetter: 'block' });
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      await backend.publish(CHANNEL, 'a2', null, { key: 'a' });
      await expectNothingDue(backend);
      await backend.publish(CHANNEL, 'a3', null, DRAFT);
      await expectNothingDue(backend);
      expectEqual(await backend.blockedKeys(CHANNEL), ['a'], 'blocked');
      expectEqual(await backend.releaseKey(CHANNEL, 'a'), true, 'released');
      expectEqual(await takePayloads(backend), ['a3'], 'events');
    },
  },
  {
    name: 'replace: a redriven event that waits is replaced',
    requires: ['replace', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'a1', null, { key: 'a' });
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      await backend.redrive(CHANNEL);
      await backend.publish(CHANNEL, 'a2', null, DRAFT);
      expectEqual(await takePayloads(backend), ['a2'], 'events');
    },
  },
  {
    name: 'replace: a scheduled event is replaced, with its due time',
    requires: ['replace', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      for (let count = 0; count < 3; count += 1) {
        await backend.publish(CHANNEL, count, null, { ...DRAFT, delayMs: 1_000 });
        await context.runtime.advance(900);
        await expectNothingDue(backend);
      }
      await context.runtime.advance(100);
      expectEqual(await takePayloads(backend), [2], 'events');
      await context.runtime.advance(10_000);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'replace: reports each replaced event',
    requires: ['replace', 'observe'],
    async run(context) {
      const backend = openBackend(context);
      const seen: ObserverEvent[] = [];
      backend.observe((event) => seen.push(event));
      // A backend reports from its first claim on, at the latest.
      await expectNothingDue(backend);
      const eventId = await backend.publish(CHANNEL, 'a1', null, DRAFT);
      await backend.publish(CHANNEL, 'a2', null, DRAFT);
      expectEqual(seen, [{ type: 'replaced', channel: CHANNEL, eventId }], 'reports');
    },
  },
  {
    name: 'replace: is refused for an event without a key',
    requires: ['replace'],
    async run(context) {
      const backend = openBackend(context);
      await expectRejects(
        () => backend.publish(CHANNEL, 1, null, { replaces: 'waiting' }),
        { name: 'TypeError', says: ['replaces', 'no key is given', '"waiting"'] },
        'without a key',
      );
      await expectNothingDue(backend);
    },
  },
];
