import type { RedriveProgress } from '../../core/options/dead-letter-options.ts';
import { CHANNEL, type FullBackend, openBackend, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

export const redriveStepsCases: readonly ConformanceCase[] = [
  {
    name: 'redrive: works in steps, reports each, and does not take what dies meanwhile',
    requires: ['redrive', 'reject', 'deadLetters', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await rejectMany(backend, 2_500);
      const progress: RedriveProgress[] = [];
      let dying: Promise<unknown> | undefined;
      const onProgress = (figures: RedriveProgress) => {
        progress.push(figures);
        dying ??= rejectNext(backend).catch((error: unknown) => error);
      };
      expectEqual(await backend.redrive(CHANNEL, { onProgress }), 2_500, 'events put back');
      expectEqual(await dying, undefined, 'the error of the reject meanwhile');
      expectTrue(progress.length > 1, 'there was more than one step');
      const last = progress.at(-1);
      expectEqual([last?.redriven, last?.scanned], [2_500, 2_500], 'figures of the last step');
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'what died meanwhile');
      expectEqual(await backend.redrive(CHANNEL), 1, 'events of the next call');
    },
  },
  {
    name: 'redrive: an abort ends it between two steps, and the next call goes on',
    requires: ['redrive', 'reject', 'stats', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await rejectMany(backend, 2_500);
      const stop = new AbortController();
      let done = 0;
      const onProgress = ({ redriven }: RedriveProgress) => {
        done = redriven;
        stop.abort();
      };
      const { signal } = stop;
      await expectRejects(
        () => backend.redrive(CHANNEL, { signal, onProgress }),
        { name: 'AbortError' },
        'the aborted call',
      );
      const { ready, dead } = await backend.stats(CHANNEL);
      expectTrue(done > 0 && done < 2_500, 'it ended between two steps');
      expectEqual([ready, dead], [done, 2_500 - done], 'what is done stays done');
      expectEqual(await backend.redrive(CHANNEL), 2_500 - done, 'events of the next call');
    },
  },
];

async function rejectMany(backend: FullBackend, count: number): Promise<void> {
  await backend.publishMany(
    Array.from({ length: count }, (_, payload) => ({ channel: CHANNEL, payload })),
  );
  for (let left = count; left > 0; ) {
    const messages = await backend.dequeueMany(CHANNEL, 500, 0);
    await Promise.all(messages.map(({ eventId, lease }) => backend.reject(eventId, lease)));
    left -= messages.length;
    if (messages.length === 0) throw new Error(`expected ${left} more events, saw none`);
  }
}

async function rejectNext(backend: FullBackend): Promise<void> {
  const { eventId, lease } = await takeNext(backend);
  await backend.reject(eventId, lease);
}
