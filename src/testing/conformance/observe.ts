import type { ObserverEvent } from '../../core/reports/observer.ts';
import { CHANNEL, expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const observeCases: readonly ConformanceCase[] = [
  {
    name: 'observe: reports each dead letter with its reason, until it is stopped',
    requires: ['observe', 'reject', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      const seen: ObserverEvent[] = [];
      const stop = backend.observe((event) => seen.push(event));
      const [rejected, exhausted] = await publishEach(backend, 1, 2, 3);
      await backend.reject((await takeNext(backend)).eventId);
      await backend.nack((await takeNext(backend, { maxAttempts: 1 })).eventId);
      stop();
      stop();
      await backend.reject((await takeNext(backend)).eventId);
      const type = 'dead-lettered';
      expectEqual(
        seen
          .filter((event) => event.type === type)
          .map(({ channel, eventId, reason }) => ({ type, channel, eventId, reason })),
        [
          { type, channel: CHANNEL, eventId: rejected, reason: 'rejected' },
          { type, channel: CHANNEL, eventId: exhausted, reason: 'attempts-exhausted' },
        ],
        'what was reported',
      );
    },
  },
  {
    name: 'observe: an observer that throws or rejects breaks nothing',
    requires: ['observe', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      backend.observe(() => {
        throw new Error('an observer that throws');
      });
      backend.observe(() => Promise.reject(new Error('an observer that rejects')));
      await publishEach(backend, 'one');
      expectEqual(await backend.reject((await takeNext(backend)).eventId), 'ok', 'answer');
      await expectNothingDue(backend);
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
    },
  },
];
