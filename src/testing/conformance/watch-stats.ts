import type { ChannelStats } from '../../core/events/message.ts';
import type { StatsSnapshot } from '../../inspection/watch-stats.ts';
import { type StatsStore, watchStats } from '../../inspection/watch-stats.ts';
import {
  CHANNEL,
  countsOf,
  type FullBackend,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { expectEqual, expectTrue } from './expect.ts';
import { LASTING_MS, pass, passUntil } from './pass-until.ts';

const NONE = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

/** Waits until the store, which reads `backend`, shows these counts. */
async function see(
  context: ConformanceContext,
  backend: FullBackend,
  store: StatsStore,
  counts: Partial<ChannelStats>,
  when: string,
): Promise<void> {
  const expected = { ...NONE, ...counts };
  const isReached = () =>
    JSON.stringify(countsIn(store.getSnapshot())) === JSON.stringify(expected);
  await passUntil(context, backend, isReached);
  expectEqual(countsIn(store.getSnapshot()), expected, when);
}

const countsIn = ({ stats }: StatsSnapshot): ChannelStats | undefined => stats && countsOf(stats);

/** Subscribes and collects each snapshot. */
function subscribe(store: StatsStore) {
  const seen: StatsSnapshot[] = [];
  const stop = store.subscribe((snapshot) => seen.push(snapshot));
  return { seen, stop };
}

export const watchStatsCases: readonly ConformanceCase[] = [
  {
    name: 'watchStats: follows an event from state to state',
    requires: ['watchStats', 'delayMs', 'leaseMs', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      const store = watchStats(backend, CHANNEL);
      expectEqual(store.getSnapshot(), { stats: undefined, isEnded: false }, 'before a read');
      const { stop } = subscribe(store);
      const seeNext = (counts: Partial<ChannelStats>, when: string) =>
        see(context, backend, store, counts, when);
      await seeNext({}, 'at first');
      await publishEach(backend, 1);
      await seeNext({ ready: 1 }, 'after the publish');
      const { eventId, lease } = await takeNext(backend, { leaseMs: LASTING_MS });
      await seeNext({ leased: 1 }, 'after the claim');
      await backend.nack(eventId, lease, { delayMs: LASTING_MS });
      await seeNext({ scheduled: 1 }, 'after the nack');
      await context.runtime.advance(LASTING_MS);
      await seeNext({ ready: 1 }, 'when it is due');
      const second = await takeNext(backend);
      await backend.reject(second.eventId, second.lease);
      await seeNext({ dead: 1 }, 'after the reject');
      stop();
    },
  },
  {
    name: 'watchStats: the snapshot is the same object until a count changes',
    requires: ['watchStats'],
    async run(context) {
      const backend = openBackend(context);
      const store = watchStats(backend, CHANNEL);
      const { seen, stop } = subscribe(store);
      await publishEach(backend, 1);
      await see(context, backend, store, { ready: 1 }, 'at first');
      const first = store.getSnapshot();
      const count = seen.length;
      await pass(context, backend);
      await backend.publish('others', 1);
      await pass(context, backend);
      expectTrue(store.getSnapshot() === first, 'the snapshot is the same object');
      expectEqual(seen.length, count, 'calls of the listener');
      await publishEach(backend, 2);
      await see(context, backend, store, { ready: 2 }, 'after another publish');
      expectTrue(store.getSnapshot() !== first, 'a changed count makes a new object');
      expectTrue(seen.at(-1) === store.getSnapshot(), 'the listener got the snapshot');
      stop();
    },
  },
  {
    name: 'watchStats: sees what other contexts publish, claim and settle',
    requires: ['watchStats', 'leaseMs', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      const store = watchStats(one, CHANNEL);
      const { stop } = subscribe(store);
      await see(context, one, store, {}, 'at first');
      await publishEach(other, 1, 2);
      await see(context, one, store, { ready: 2 }, 'after the publish');
      const { eventId, lease } = await takeNext(other, { leaseMs: LASTING_MS });
      await see(context, one, store, { ready: 1, leased: 1 }, 'after the claim');
      await other.ack(eventId, lease);
      await see(context, one, store, { ready: 1 }, 'after the acknowledgement');
      stop();
    },
  },
  {
    name: 'watchStats: without a listener the snapshot stays, and a new listener brings it up to date',
    requires: ['watchStats'],
    async run(context) {
      const backend = openBackend(context);
      const store = watchStats(backend, CHANNEL);
      const first = subscribe(store);
      await see(context, backend, store, {}, 'at first');
      first.stop();
      await publishEach(backend, 1);
      await pass(context, backend);
      expectEqual(countsIn(store.getSnapshot()), NONE, 'without a listener');
      const second = subscribe(store);
      expectEqual(second.seen.length, 1, 'calls of the listener during subscribe');
      await see(context, backend, store, { ready: 1 }, 'with a listener');
      second.stop();
    },
  },
  {
    name: 'watchStats: ends at the shutdown of its backend',
    requires: ['watchStats'],
    async run(context) {
      const backend = openBackend(context);
      const store = watchStats(backend, CHANNEL);
      await publishEach(backend, 1);
      const { seen } = subscribe(store);
      await see(context, backend, store, { ready: 1 }, 'at first');
      await backend.shutdown();
      const other = openBackend(context);
      await passUntil(context, other, () => store.getSnapshot().isEnded);
      const { isEnded, stats } = store.getSnapshot();
      expectEqual([isEnded, stats?.ready], [true, 1], 'the last snapshot');
      expectTrue(seen.at(-1)?.isEnded === true, 'the listener was called at the end');
    },
  },
];
