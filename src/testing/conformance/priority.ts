import type { PublishOptions } from '../../core/events/message.ts';
import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  publishEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

async function publishAt(backend: FullBackend, ...priorities: readonly number[]): Promise<void> {
  for (const priority of priorities) await backend.publish(CHANNEL, priority, null, { priority });
}

/**
 * Publishes `limit` events of a high priority before each claim of `limit` events, and acknowledges what is claimed. Resolves
 * with the number of claims until each of `old` was delivered.
 */
async function claimsUntilDelivered(
  backend: FullBackend,
  limit: number,
  old: readonly unknown[],
): Promise<number> {
  const left = new Set(old);
  for (let claims = 1; claims <= 200; claims += 1) {
    const draft = { channel: CHANNEL, payload: 'flow', options: { priority: 100 } };
    await backend.publishMany(Array.from({ length: limit }, () => draft));
    const messages = await backend.dequeueMany(CHANNEL, limit, 0);
    expectEqual(messages.length, limit, 'claimed events');
    for (const { eventId, lease, payload } of messages) {
      left.delete(payload);
      await backend.ack(eventId, lease);
    }
    if (left.size === 0) return claims;
  }
  throw new Error(`expected every event to be delivered, missed ${[...left].join(', ')}`);
}

export const priorityCases: readonly ConformanceCase[] = [
  {
    name: 'priority: the highest comes first, then commit order, and the message says so',
    requires: ['priority', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await publishAt(backend, -1, 0, 5, -100, 100, 5);
      await publishEach(backend, 'plain');
      const messages = await backend.dequeueMany(CHANNEL, 10, 0);
      const payloads = messages.map(({ payload }) => payload);
      expectEqual(payloads, [100, 5, 5, 0, 'plain', -1, -100], 'payloads');
      const priorities = messages.map(({ priority }) => priority);
      expectEqual(priorities, [100, 5, 5, undefined, undefined, -1, -100], 'priorities');
    },
  },
  {
    name: 'priority: events of the same priority keep commit order, one at a time and in a batch',
    requires: ['priority', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = [1, 2, 3, 4].map((payload) => {
        return { channel: CHANNEL, payload, options: { priority: payload % 2 === 0 ? 10 : 0 } };
      });
      await backend.publishMany(drafts);
      await backend.publish(CHANNEL, 5, null, { priority: 10 });
      const payloads: unknown[] = [];
      for (let count = 0; count < 3; count += 1) {
        const { eventId, lease, payload } = await takeNext(backend);
        payloads.push(payload);
        await backend.ack(eventId, lease);
      }
      expectEqual(payloads, [2, 4, 5], 'the high ones');
    },
  },
  {
    name: 'priority: of one consumer every fourth event is the oldest',
    requires: ['priority'],
    async run(context) {
      const backend = openBackend(context);
      await publishAt(backend, -5, 0, 9, 9, 9, 9, 9, 9);
      const payloads = await takePayloads(backend);
      expectEqual(payloads, [9, 9, 9, -5, 9, 9, 9, 0], 'payloads');
    },
  },
  {
    name: 'priority: a steady flow of a high priority starves no other event',
    requires: ['priority', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      for (const limit of [1, 3, 8]) {
        await publishAt(backend, -100, -7, 0);
        await publishEach(backend, 'plain', 'another');
        const payloads = [-100, -7, 0, 'plain', 'another'];
        const claims = await claimsUntilDelivered(backend, limit, payloads);
        const most = Math.ceil((payloads.length * 4) / limit) + 1;
        expectTrue(claims <= most, `delivered in ${most} claims of ${limit}, took ${claims}`);
        await takePayloads(backend);
      }
    },
  },
  {
    name: 'priority: a retry keeps its priority',
    requires: ['priority', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'plain');
      await publishAt(backend, 7);
      const first = await takeNext(backend);
      expectEqual(first.payload, 7, 'what comes first');
      await backend.nack(first.eventId, first.lease);
      const again = await takeNext(backend);
      expectEqual([again.payload, again.attempts], [7, 2], 'after a nack');
      await backend.nack(again.eventId, again.lease, { delayMs: 1_000 });
      await context.runtime.advance(1_000);
      const last = await takeNext(backend);
      expectEqual([last.payload, last.attempts, last.priority], [7, 3, 7], 'after a delay');
    },
  },
  {
    name: 'priority: a delayed event has its priority when it is due',
    requires: ['priority', 'delayMs', 'availableAt'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await publishEach(backend, 'plain');
      await backend.publish(CHANNEL, 'low', null, { priority: -1, delayMs: 500 });
      const availableAt = runtime.now() + 1_000;
      await backend.publish(CHANNEL, 'high', null, { priority: 1, availableAt });
      await expectNothingDue(backend, 'other');
      await runtime.advance(1_000);
      expectEqual(await takePayloads(backend), ['high', 'plain', 'low'], 'payloads');
    },
  },
  {
    name: 'priority: stats, dead letters and a redrive know the event',
    requires: ['priority', 'stats', 'deadLetters', 'redrive', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishAt(backend, 50, -50);
      expectEqual((await backend.stats(CHANNEL)).ready, 2, 'ready events');
      const { eventId, lease } = await takeNext(backend);
      expectEqual(await backend.reject(eventId, lease), 'ok', 'reject');
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
      expectEqual(await backend.redrive(CHANNEL), 1, 'redriven');
      const messages = [await takeNext(backend), await takeNext(backend)];
      const found = messages.map(({ payload, priority }) => [payload, priority ?? null]);
      expectEqual(
        found,
        [
          [50, 50],
          [-50, -50],
        ],
        'what is delivered',
      );
    },
  },
  {
    name: 'priority: a fraction, and what is out of range, is refused',
    requires: ['priority'],
    async run(context) {
      const backend = openBackend(context);
      for (const priority of [101, -101, 0.5, Number.NaN, '1', null]) {
        const options = { priority } as PublishOptions;
        const says = ['priority', 'a whole number from -100 to 100'];
        const attempt = () => backend.publish(CHANNEL, 1, null, options);
        await expectRejects(attempt, { name: 'TypeError', says }, String(priority));
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'priority: is refused together with a key, which promises commit order',
    requires: ['priority', 'keys'],
    async run(context) {
      const backend = openBackend(context);
      const says = ['priority', 'left out where a key is given', '5'];
      const attempt = () => backend.publish(CHANNEL, 1, null, { priority: 5, key: 'k' });
      await expectRejects(attempt, { name: 'TypeError', says }, 'a priority and a key');
      await backend.publish(CHANNEL, 2, null, { priority: 0, key: 'k' });
      expectEqual((await takeNext(backend)).payload, 2, 'payload');
    },
  },
];
