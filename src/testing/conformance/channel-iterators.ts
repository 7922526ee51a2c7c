import { EventChannel } from '../../core/event-channel.ts';
import { CHANNEL, countsOf, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const LONG_MS = 3_600_000;

export const channelIteratorsCases: readonly ConformanceCase[] = [
  {
    name: 'iterEvents: gives event after event, and claims nothing ahead',
    requires: ['stats'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend });
      await publishEach(backend, 1, 2, 3);
      const seen: unknown[] = [];
      for await (const delivery of events.iterEvents(CHANNEL)) {
        seen.push(delivery.payload);
        expectEqual(await delivery.ack(), 'ok', 'ack');
        if (seen.length === 2) break;
      }
      expectEqual(seen, [1, 2], 'payloads');
      const left = { ready: 1, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), left, 'stats after the loop');
    },
  },
  {
    name: 'iterEvents: a closed iterator claims nothing more, even from a wait that is under way',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend, pollIntervalMs: LONG_MS });
      const iterator = events.iterEvents(CHANNEL);
      const waiting = iterator.next();
      await iterator.return?.();
      expectEqual(await waiting, { done: true, value: undefined }, 'the wait');
      await publishEach(backend, 'one');
      expectEqual(await iterator.next(), { done: true, value: undefined }, 'after the end');
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts');
    },
  },
  {
    name: 'iterEvents: ends without an error when its signal aborts',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend, pollIntervalMs: LONG_MS });
      const ending = new AbortController();
      const iterator = events.iterEvents(CHANNEL, { signal: ending.signal });
      const waiting = iterator.next();
      ending.abort();
      expectEqual(await waiting, { done: true, value: undefined }, 'the wait');
      await publishEach(backend, 'one');
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts');
    },
  },
  {
    name: 'iterEvents: ends without an error when the channel shuts down',
    requires: ['waiting'],
    async run(context) {
      const events = new EventChannel({ backend: openBackend(context), pollIntervalMs: LONG_MS });
      const waiting = events.iterEvents(CHANNEL).next();
      await events.shutdown();
      expectEqual(await waiting, { done: true, value: undefined }, 'the wait');
      await expectRejects(
        async () => events.iterEvents(CHANNEL),
        { name: 'AcklineError', code: 'closed' },
        'iterEvents after shutdown',
      );
    },
  },
  {
    name: 'iterEvents: goes on over poll intervals that bring nothing',
    requires: ['waiting'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend, pollIntervalMs: 1_000 });
      const iterator = events.iterEvents(CHANNEL);
      const waiting = iterator.next();
      await context.runtime.advance(3_500);
      await publishEach(backend, 'late');
      expectEqual((await waiting).value?.payload, 'late', 'payload');
      await iterator.return?.();
    },
  },
];
