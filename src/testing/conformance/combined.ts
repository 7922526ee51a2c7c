import { createGroup } from '../../groups/group-calls.ts';
import {
  ackAll,
  CHANNEL,
  countsOf,
  expectNothingDue,
  type FullBackend,
  type LeasedMessage,
  openBackend,
  payloadsOf,
  publishEach,
  publishKeyed,
  takeNext,
  takePayloads,
} from './arrange.ts';
import { SEARCH } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const LATER_MS = 1_000;

/** Delivers and acknowledges one event after the other, so that keys go on. */
async function drain(backend: FullBackend): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let message = await backend.dequeue(CHANNEL, 0); message; ) {
    payloads.push(message.payload);
    await backend.ack(message.eventId, message.lease);
    message = await backend.dequeue(CHANNEL, 0);
  }
  return payloads;
}

/** Publishes four events, of which the first is to be cancelled. Resolves with its id. */
async function publishWithOneToCancel(backend: FullBackend): Promise<string> {
  const drafts = ['cancelled', 1].map((payload) => ({ channel: CHANNEL, payload }));
  const [cancelled = ''] = await backend.publishMany(drafts);
  await publishEach(backend, 2, 3);
  return cancelled;
}

/** Three events, by as few claims as the backend needs. */
async function takeThree(backend: FullBackend): Promise<unknown[]> {
  const seen: unknown[] = [];
  while (seen.length < 3) {
    const claimed = (await backend.dequeueMany(CHANNEL, 3 - seen.length, 0)) as LeasedMessage[];
    seen.push(...payloadsOf(claimed));
    await ackAll(backend, claimed);
  }
  return seen;
}

/** Where two features meet. A random test against a model has found each of these as a fault. */
export const combinedCases: readonly ConformanceCase[] = [
  {
    name: 'keys: a delayed event holds back the later events of its key of one publishMany, too',
    requires: ['keys', 'delayMs', 'publishMany'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      await backend.publishMany([
        { channel: CHANNEL, payload: 'a1', options: { key: 'a', delayMs: LATER_MS } },
        { channel: CHANNEL, payload: 'a2', options: { key: 'a' } },
        { channel: CHANNEL, payload: 'b1', options: { key: 'b' } },
      ]);
      expectEqual(await drain(backend), ['b1'], 'what the delayed event does not hold back');
      await runtime.advance(LATER_MS);
      expectEqual(await drain(backend), ['a1', 'a2'], 'the events of the key');
    },
  },
  {
    name: 'keys: a delayed event that was due early is not delivered together with an earlier one',
    requires: ['keys', 'delayMs', 'dequeueMany'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      await publishKeyed(backend, 'a1');
      const first = await takeNext(backend);
      await backend.nack(first.eventId, first.lease);
      await publishEach(backend, 'plain');
      await publishKeyed(backend, 'a2');
      await backend.publish(CHANNEL, 'a3', null, { key: 'a', delayMs: 1 });
      await runtime.advance(LATER_MS);
      const claimed = await backend.dequeueMany(CHANNEL, 2, 0);
      expectEqual(payloadsOf(claimed as LeasedMessage[]), ['a1', 'plain'], 'the first claim');
      await ackAll(backend, claimed as LeasedMessage[]);
      for (const payload of ['a2', 'a3']) {
        const next = (await backend.dequeueMany(CHANNEL, 2, 0)) as LeasedMessage[];
        expectEqual(payloadsOf(next), [payload], 'the events of the key');
        await ackAll(backend, next);
      }
    },
  },
  {
    name: 'stats: an event that its key holds back and that is not yet due is scheduled',
    requires: ['keys', 'stats', 'delayMs'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      await publishKeyed(backend, 'a1', 'a2');
      await backend.publish(CHANNEL, 'a3', null, { key: 'a', delayMs: LATER_MS });
      const counts = { ready: 2, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts before its time');
      await runtime.advance(LATER_MS);
      const later = { ready: 3, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), later, 'counts at its time');
      expectEqual(await drain(backend), ['a1', 'a2', 'a3'], 'events');
    },
  },
  {
    name: 'groups: an ended plain queue waits for the events that a blocked key holds back',
    requires: ['groups', 'keys', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of ['a1', 'a2'])
        await backend.publish(CHANNEL, payload, null, { key: 'a', onDeadLetter: 'block' });
      await createGroup(backend, CHANNEL, SEARCH, { plainQueue: false });
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      await expectNothingDue(backend);
      await backend.releaseKey(CHANNEL, 'a');
      await ackAll(backend, [await takeNext(backend)]);
      await expectRejects(
        () => backend.dequeue(CHANNEL, 0),
        { name: 'AcklineError', code: 'no-group' },
        'the queue at its end',
      );
    },
  },
  {
    name: 'id: with a window of 0 the event is stored although its id is remembered',
    requires: ['id'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 1, null, { id: 'x' });
      await ackAll(backend, [await takeNext(backend)]);
      await backend.publish(CHANNEL, 2, null, { id: 'x', dedupeWindowMs: 0 });
      await backend.publish(CHANNEL, 3, null, { id: 'x' });
      expectEqual(await takePayloads(backend), [2], 'the second event');
    },
  },
  {
    name: 'maxBacklog: an expired event makes room where the oldest are dropped',
    requires: ['maxBacklog', 'ttlMs'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      await backend.publish(CHANNEL, 'brief', null, { ttlMs: 1 });
      await runtime.advance(1);
      await backend.publish(CHANNEL, 1, null, { maxBacklog: 1, whenFull: 'drop-oldest' });
      expectEqual(await takePayloads(backend), [1], 'the event');
      const [letter] = await backend.deadLetters(CHANNEL, 2);
      expectEqual(letter?.reason, 'expired', 'the reason');
    },
  },
  {
    name: 'priority: a claim that passes cancelled events takes none of a lower priority before others',
    requires: ['priority', 'cancel', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const cancelled = await publishWithOneToCancel(backend);
      await backend.publish(CHANNEL, 'low', null, { priority: -5 });
      await backend.cancel(CHANNEL, cancelled);
      const seen = await takeThree(backend);
      expectEqual(seen, [1, 2, 3], 'the events of priority 0');
      expectEqual(await takePayloads(backend), ['low'], 'the last event');
    },
  },
  {
    name: 'cancel: a claim that passes cancelled events takes no delayed event before earlier ones',
    requires: ['delayMs', 'cancel', 'publishMany', 'dequeueMany'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      const cancelled = await publishWithOneToCancel(backend);
      await backend.publish(CHANNEL, 'delayed', null, { delayMs: LATER_MS });
      await runtime.advance(LATER_MS);
      await backend.cancel(CHANNEL, cancelled);
      const seen = await takeThree(backend);
      expectEqual(seen, [1, 2, 3], 'the first events');
      expectEqual(await takePayloads(backend), ['delayed'], 'the last event');
    },
  },
  {
    name: 'priority: the fourth place goes to the oldest event, also if that waits for another attempt',
    requires: ['priority', 'delayMs', 'dequeueMany'],
    async run({ runtime, open }) {
      const backend = openBackend({ runtime, open });
      await publishEach(backend, 'oldest');
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease, { delayMs: LATER_MS });
      await runtime.advance(LATER_MS);
      await publishEach(backend, 'other');
      for (let count = 0; count < 4; count += 1)
        await backend.publish(CHANNEL, 'high', null, { priority: 5 });
      const claimed = (await backend.dequeueMany(CHANNEL, 4, 0)) as LeasedMessage[];
      expectEqual(payloadsOf(claimed), ['high', 'high', 'high', 'oldest'], 'four places');
    },
  },
];
