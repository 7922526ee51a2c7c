import type { EventState } from '../../core/protocols/browsed-page.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { createGroup, deleteGroup } from '../../groups/group-calls.ts';
import { browse } from '../../inspection/browse.ts';
import { watchStats } from '../../inspection/watch-stats.ts';
import { resultOf } from '../../results/result-of.ts';
import {
  ackAll,
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  payloadsOf,
  publishEach,
  takeMany,
  takeNext,
} from './arrange.ts';
import { publishAfter, publishFirst, RETENTION_MS } from './arrange-after.ts';
import { SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';
import { LASTING_MS, pass, passUntil } from './pass-until.ts';

/** The payloads of the events of a state, in pages of one. */
async function browseAll(backend: AsyncEventBackend, state: EventState): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let after: string | undefined; ; ) {
    const page = await browse(backend, CHANNEL, { state, limit: 1, payload: true, after });
    payloads.push(...page.events.map(({ payload }) => payload));
    after = page.after;
    if (after === undefined) return payloads;
  }
}

export const afterPlacesCases: readonly ConformanceCase[] = [
  {
    name: 'after: what is held back and delayed is scheduled until its time, and ready from then on',
    requires: ['after', 'delayMs', 'stats', 'browse', 'watchStats'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'held');
      await publishAfter(backend, after, 'soon', { delayMs: 1_000 });
      await publishAfter(backend, after, 'later', { delayMs: 2_000 });
      const see = async (ready: readonly string[], scheduled: readonly string[]) => {
        const counts = { ready: ready.length, leased: 0, scheduled: scheduled.length, dead: 0 };
        expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
        expectEqual((await browseAll(backend, 'ready')).sort(), ready, 'ready');
        expectEqual(await browseAll(backend, 'scheduled'), scheduled, 'scheduled');
      };
      await see(['first', 'held'], ['soon', 'later']);
      await context.runtime.advance(1_000);
      await see(['first', 'held', 'soon'], ['later']);
      await context.runtime.advance(1_000);
      await see(['first', 'held', 'later', 'soon'], []);
    },
  },
  {
    name: 'watchStats: shows when an event that is held back is no longer scheduled',
    requires: ['after', 'delayMs', 'watchStats'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'later', { delayMs: LASTING_MS });
      const store = watchStats(backend, CHANNEL);
      const stop = store.subscribe(() => undefined);
      const reach = async (scheduled: number) => {
        const isReached = () => store.getSnapshot().stats?.scheduled === scheduled;
        await passUntil(context, backend, isReached);
        expectEqual(store.getSnapshot().stats?.scheduled, scheduled, 'scheduled events');
      };
      await reach(1);
      // Until the first read is confirmed. From then on only the due time makes a store read that does not poll.
      await pass(context, backend);
      await context.runtime.advance(LASTING_MS);
      await reach(0);
      stop();
    },
  },
  {
    name: 'after: a cancel or a replacement lets go what a claim has found held back before',
    requires: ['after', 'delayMs', 'cancel', 'replace'],
    async run(context) {
      const backend = openBackend(context);
      const cancelled = await publishFirst(backend, 'cancelled', { delayMs: 60_000 });
      const replaced = await publishFirst(backend, 'replaced', { key: 'k', delayMs: 60_000 });
      await publishAfter(backend, cancelled, 'one');
      await publishAfter(backend, replaced, 'two');
      await expectNothingDue(backend);
      await expectNothingDue(backend);
      await backend.cancel(CHANNEL, cancelled);
      expectEqual((await takeNext(backend)).payload, 'one', 'after the cancel');
      await expectNothingDue(backend);
      const options = { key: 'k', replaces: 'waiting', delayMs: 60_000 } as const;
      await backend.publish(CHANNEL, 'new', null, options);
      expectEqual((await takeNext(backend)).payload, 'two', 'after the replacement');
    },
  },
  {
    name: 'after: hundreds of events that wait for one, or for one each, are all delivered',
    requires: ['after', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const numbers = Array.from({ length: 300 }, (_, n) => n);
      const kept = { retentionMs: RETENTION_MS };
      const draft = (payload: unknown, options: object) => ({ channel: CHANNEL, payload, options });
      await backend.publishMany(numbers.map((n) => draft(n, { ...kept, id: `first-${n}` })));
      const firsts = await takeMany(backend, numbers.length);
      await backend.publishMany([
        ...numbers.map(() => draft('one', { after: 'first-0' })),
        ...numbers.map((n) => draft('each', { after: `first-${n}` })),
      ]);
      await expectNothingDue(backend);
      await ackAll(backend, firsts);
      const counts = { one: 0, each: 0 };
      for (let idle = 0; idle < 5; ) {
        const messages = await backend.dequeueMany(CHANNEL, 100, 0);
        for (const { payload } of messages) counts[payload as keyof typeof counts] += 1;
        await ackAll(backend, messages as never);
        idle = messages.length === 0 ? idle + 1 : 0;
      }
      expectEqual(counts, { one: 300, each: 300 }, 'deliveries');
    },
  },
  {
    name: 'after: what is let go is delivered by its priority, and before what was published later',
    requires: ['after', 'priority'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      const { lease } = await takeNext(backend);
      await publishEach(backend, 'plain');
      await publishAfter(backend, after, 'urgent', { priority: 5 });
      await publishAfter(backend, after, 'idle', { priority: -5 });
      await backend.ack(after, lease);
      const messages = await takeMany(backend, 4);
      expectEqual(payloadsOf(messages), ['urgent', 'second', 'plain', 'idle'], 'the order');
    },
  },
  {
    name: 'after: a group that begins again knows no result of the former one',
    requires: ['after', 'groups', 'retentionMs'],
    async run(context) {
      const backend = openBackend(context);
      const group = { group: SEARCH };
      await createGroup(backend, CHANNEL, SEARCH);
      const after = await publishFirst(backend);
      const { lease } = await takeOf(backend, SEARCH);
      await backend.ack(after, lease);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await createGroup(backend, CHANNEL, SEARCH);
      const result = await resultOf(backend, CHANNEL, after, group);
      expectEqual(result.state, 'unknown', 'the result in the new group');
      await publishAfter(backend, after, 'second');
      expectEqual((await takeOf(backend, SEARCH)).after?.state, 'unknown', 'what the event gets');
    },
  },
  {
    name: 'after: a plain queue that has ended delivers what an expired event lets go',
    requires: ['after', 'groups', 'ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend, 'first', { ttlMs: 1_000 });
      await publishAfter(backend, after, 'second');
      await createGroup(backend, CHANNEL, SEARCH, { plainQueue: false });
      await context.runtime.advance(1_000);
      const message = (await backend.dequeue(CHANNEL, 0)) ?? (await backend.dequeue(CHANNEL, 0));
      expectEqual(message?.payload, 'second', 'the event that waited');
    },
  },
  {
    name: 'after: what a deleted group held back is gone with it',
    requires: ['after', 'groups', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await createGroup(backend, CHANNEL, SEARCH);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      await deleteGroup(backend, CHANNEL, SEARCH);
      await createGroup(backend, CHANNEL, SEARCH);
      const { ready } = await backend.stats(`${CHANNEL}@${SEARCH}`);
      expectEqual(ready, 0, 'events of the new group');
      await backend.ack(after, (await takeNext(backend)).lease);
      expectEqual((await takeNext(backend)).payload, 'second', 'the plain queue');
    },
  },
];
