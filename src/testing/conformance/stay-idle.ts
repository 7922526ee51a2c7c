import { CHANNEL, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const POLL_MS = 1_000;
const IDLE = { staysIdle: true } as const;

export const stayIdleCases: readonly ConformanceCase[] = [
  {
    name: 'dequeue: stays idle where it is asked to, without a timer, until something is published',
    requires: ['staysIdle'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const waiting = backend.dequeue(CHANNEL, POLL_MS, IDLE);
      await runtime.advance(10 * POLL_MS);
      expectEqual(runtime.pendingTimers, 0, 'timers of an idle wait');
      const [eventId] = await publishEach(backend, 'news');
      expectEqual((await waiting)?.eventId, eventId, 'what the wait brought');
      const polling = backend.dequeue(CHANNEL, POLL_MS, IDLE);
      await runtime.advance(POLL_MS);
      expectEqual(await polling, null, 'the wait while an event is leased');
      expectEqual(await backend.dequeue(CHANNEL, 0, IDLE), null, 'no wait');
    },
  },
  {
    name: 'dequeue: an idle wait brings a delayed event when it is due',
    requires: ['staysIdle', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const waiting = backend.dequeue(CHANNEL, POLL_MS, IDLE);
      await context.runtime.advance(10 * POLL_MS);
      await backend.publish(CHANNEL, 'later', null, { delayMs: 60 * POLL_MS });
      await context.runtime.advance(60 * POLL_MS);
      const event = (await waiting) ?? (await takeNext(backend));
      expectEqual(event.payload, 'later', 'payload');
    },
  },
];
