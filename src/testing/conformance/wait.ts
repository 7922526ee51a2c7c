import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

/** So long that a wait in a case ends only by a wake-up. */
const LONG_MS = 3_600_000;

async function waitIsWoken(waiter: FullBackend, publisher: FullBackend): Promise<void> {
  const waiting = waiter.dequeue(CHANNEL, LONG_MS);
  await expectNothingDue(publisher);
  const [eventId] = await publishEach(publisher, 'news');
  expectEqual((await waiting)?.eventId, eventId, 'what the wait brought');
}

export const waitCases: readonly ConformanceCase[] = [
  {
    name: 'dequeue: waits until its poll interval has passed, then answers null',
    requires: ['waiting'],
    async run(context) {
      const startedAt = context.runtime.now();
      const waiting = openBackend(context).dequeue(CHANNEL, 1_000);
      const endedAt = waiting.then(() => context.runtime.now());
      await context.runtime.advance(999);
      await context.runtime.advance(1);
      expectEqual(await waiting, null, 'answer');
      expectEqual((await endedAt) - startedAt, 1_000, 'how long it waited');
    },
  },
  {
    name: 'dequeue: does not wait where an event is due',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      expectEqual((await backend.dequeue(CHANNEL, LONG_MS))?.payload, 'one', 'payload');
    },
  },
  {
    name: 'dequeue: a wait is woken by a publish',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      await waitIsWoken(backend, backend);
    },
  },
  {
    name: 'dequeue: a wait is woken by a publish in another context',
    requires: ['waiting', 'contexts'],
    run: (context) => waitIsWoken(openBackend(context), openBackend(context)),
  },
  {
    name: 'dequeue: a wait is not ended by a publish to another channel',
    requires: ['waiting'],
    async run(context) {
      const { runtime } = context;
      const startedAt = runtime.now();
      const backend = openBackend(context);
      const waiting = backend.dequeue(CHANNEL, 1_000);
      const endedAt = waiting.then(() => runtime.now());
      await backend.publish('other', 'news');
      await runtime.advance(1_000);
      expectEqual(await waiting, null, 'answer');
      expectEqual((await endedAt) - startedAt, 1_000, 'how long it waited');
    },
  },
  {
    name: 'dequeue: a wait is woken by a nack',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const [eventId] = await publishEach(backend, 'one');
      const held = await takeNext(backend);
      const waiting = backend.dequeue(CHANNEL, LONG_MS);
      await backend.nack(held.eventId, held.lease);
      expectEqual((await waiting)?.eventId, eventId, 'what the wait brought');
    },
  },
  {
    name: 'dequeue: a wait sees an event that comes due meanwhile',
    requires: ['waiting', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'later', null, { delayMs: 5_000 });
      const waiting = backend.dequeue(CHANNEL, LONG_MS);
      await expectNothingDue(backend);
      await context.runtime.advance(5_000);
      expectEqual((await waiting)?.payload, 'later', 'what the wait brought');
    },
  },
  {
    name: 'dequeue: a wait sees a lease that expires meanwhile',
    requires: ['waiting', 'leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      await takeNext(backend, { leaseMs: 5_000 });
      const waiting = backend.dequeue(CHANNEL, LONG_MS);
      await expectNothingDue(backend);
      await context.runtime.advance(5_000);
      expectEqual((await waiting)?.attempts, 2, 'attempts of what the wait brought');
    },
  },
  {
    name: 'dequeue: of many waits one gets the event, and the others go on waiting',
    requires: ['waiting', 'contexts'],
    async run(context) {
      const { runtime } = context;
      const startedAt = runtime.now();
      const backends = Array.from({ length: 4 }, () => openBackend(context));
      const waits = backends.map((backend) => backend.dequeue(CHANNEL, 1_000));
      const vain = waits.map(async (waiting) => ((await waiting) ? [] : runtime.now() - startedAt));
      await publishEach(openBackend(context), 'one');
      expectEqual((await Promise.race(waits))?.payload, 'one', 'the first to end');
      await runtime.advance(1_000);
      const lengths = (await Promise.all(vain)).flat();
      expectEqual(lengths, [1_000, 1_000, 1_000], 'how long the others waited');
    },
  },
  {
    name: 'dequeue: rejects at once with the reason of a signal that has aborted',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      await expectRejects(
        () => backend.dequeue(CHANNEL, LONG_MS, { signal: AbortSignal.abort() }),
        { name: 'AbortError' },
        'aborted before the call',
      );
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts');
    },
  },
  {
    name: 'dequeue: an aborted wait rejects with the signal’s reason and leaves no lease behind',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const ending = new AbortController();
      const waiting = backend.dequeue(CHANNEL, LONG_MS, { signal: ending.signal });
      const seen = expectRejects(() => waiting, { name: 'AbortError' }, 'the wait');
      await expectNothingDue(backend);
      ending.abort();
      await publishEach(backend, 'one');
      await seen;
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts');
    },
  },
  {
    name: 'dequeue: a wait that is aborted while an event arrives leaves no lease behind',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const ending = new AbortController();
      const waiting = backend.dequeue(CHANNEL, LONG_MS, { signal: ending.signal });
      const publishing = publishEach(backend, 'one');
      const isTaken = waiting.then(
        () => true,
        () => false,
      );
      const seen = publishing.then(() => ending.abort());
      await seen;
      const attempts = (await isTaken) ? null : (await takeNext(backend)).attempts;
      expectEqual(attempts ?? 1, 1, 'attempts, where the abort came first');
    },
  },
];
