import type { PurgeProgress } from '../../core/options/dead-letter-options.ts';
import {
  CHANNEL,
  countsOf,
  deadPayloads,
  expectNothingDue,
  openBackend,
  publishEach,
  rejectEach,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const purgeCases: readonly ConformanceCase[] = [
  {
    name: 'purge: deletes every dead letter, and no waiting event',
    requires: ['purge', 'reject', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 1, 2);
      await publishEach(backend, 3);
      const progress: PurgeProgress[] = [];
      const onProgress = (figures: PurgeProgress) => progress.push(figures);
      expectEqual(await backend.purge(CHANNEL, { onProgress }), 2, 'letters that were deleted');
      expectEqual([progress.at(-1)?.purged, progress.at(-1)?.scanned], [2, 2], 'progress');
      const counts = { ready: 1, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      expectEqual(await backend.purge(CHANNEL), 0, 'a second call');
    },
  },
  {
    name: 'purge: takes what its options select, of its channel alone',
    requires: ['purge', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const [, second = ''] = await rejectEach(backend, 1, 2, 3, 4);
      const before = context.runtime.now();
      expectEqual(await backend.purge('others'), 0, 'letters of another channel');
      expectEqual(await backend.purge(CHANNEL, { before }), 0, 'letters that died before');
      expectEqual(await backend.purge(CHANNEL, { ids: [second] }), 1, 'letters by id');
      expectEqual(await deadPayloads(backend), [1, 3, 4], 'what is left');
      const filter = ({ payload }: { payload: unknown }) => payload !== 1;
      const limit = 1;
      expectEqual(await backend.purge(CHANNEL, { filter, limit }), 1, 'letters by filter');
      expectEqual(await deadPayloads(backend), [1, 4], 'what is left');
    },
  },
  {
    name: 'purge: two contexts at once count each dead letter once, and none comes back',
    requires: ['purge', 'redrive', 'reject', 'deadLetters', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await rejectEach(one, 1, 2, 3, 4, 5);
      const counts = await Promise.all([one.purge(CHANNEL), other.purge(CHANNEL)]);
      expectEqual(counts[0] + counts[1], 5, 'letters that were deleted');
      expectEqual(await other.redrive(CHANNEL), 0, 'letters that are left');
      await expectNothingDue(one);
    },
  },
];
