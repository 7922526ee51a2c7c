import { EventChannel } from '../../core/event-channel.ts';
import { codeOf, RejectError, RetryError } from '../../core/reports/errors.ts';
import { recordingObserver } from '../recording-observer.ts';
import { CHANNEL, countsOf, expectNothingDue, openBackend } from './arrange.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

/** So long that within a case a listener claims again only after a wake-up. */
const SETTINGS = { pollIntervalMs: 3_600_000, backoffBaseMs: 0 };

function openChannel(context: ConformanceContext) {
  const observer = recordingObserver();
  const events = new EventChannel({ backend: openBackend(context), observer, ...SETTINGS });
  return { events, observer };
}

export const channelListenersCases: readonly ConformanceCase[] = [
  {
    name: 'listen: a handler that returns has acknowledged its event',
    requires: ['waiting', 'stats'],
    async run(context) {
      const { events } = openChannel(context);
      const seen: unknown[] = [];
      events.listen(CHANNEL, ({ payload }) => seen.push(payload));
      for (const payload of [1, 2, 3]) await events.publish(CHANNEL, payload);
      await events.drain();
      expectEqual(seen, [1, 2, 3], 'what was handled');
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await events.stats(CHANNEL)), none, 'stats');
      await events.shutdown();
    },
  },
  {
    name: 'listen: hears of what another context publishes',
    requires: ['waiting', 'contexts'],
    async run(context) {
      const [{ events }, other] = [openChannel(context), openBackend(context)];
      const heard = new Promise((resolve) => {
        events.listen(CHANNEL, ({ payload }) => resolve(payload));
      });
      await expectNothingDue(other);
      await other.publish(CHANNEL, 'news');
      expectEqual(await heard, 'news', 'payload');
      await events.shutdown();
    },
  },
  {
    name: 'listen: a handler that throws gets its event again',
    requires: ['waiting', 'delayMs'],
    async run(context) {
      const { events, observer } = openChannel(context);
      const attempts: number[] = [];
      const succeeded = new Promise<void>((resolve) => {
        events.listen(CHANNEL, (delivery) => {
          attempts.push(delivery.attempts);
          if (delivery.attempts < 3) throw new Error('not yet');
          resolve();
        });
      });
      await events.publish(CHANNEL, 'one');
      await succeeded;
      expectEqual(attempts, [1, 2, 3], 'attempts');
      expectEqual(observer.of('handler-error').length, 2, 'reported errors');
      await events.shutdown();
    },
  },
  {
    name: 'listen: RejectError makes a dead letter at once, with the error’s name and message',
    requires: ['waiting', 'reject', 'deadLetters'],
    async run(context) {
      const { events } = openChannel(context);
      events.listen(CHANNEL, () => {
        throw new RejectError('no such order');
      });
      await events.publish(CHANNEL, 'one');
      await events.drain();
      const [letter] = await events.deadLetters(CHANNEL);
      expectEqual([letter?.reason, letter?.attempts], ['rejected', 1], 'reason and attempts');
      const lastError = { name: 'RejectError', message: 'no such order' };
      expectEqual(letter?.lastError, lastError, 'last error');
      await events.shutdown();
    },
  },
  {
    name: 'listen: RetryError delays the next attempt by just that time',
    requires: ['waiting', 'delayMs', 'stats'],
    async run(context) {
      const { events } = openChannel(context);
      const times: number[] = [];
      events.listen(CHANNEL, ({ attempts }) => {
        times.push(context.runtime.now());
        if (attempts === 1) throw new RetryError(7_000);
      });
      await events.publish(CHANNEL, 'one');
      await events.drain();
      const scheduled = { ready: 0, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await events.stats(CHANNEL)), scheduled, 'stats during the delay');
      await context.runtime.advance(6_999);
      await events.drain();
      await context.runtime.advance(1);
      await events.drain();
      const [first, second, ...more] = times;
      expectEqual([Number(second) - Number(first), more], [7_000, []], 'time between the attempts');
      await events.shutdown();
    },
  },
  {
    name: 'listen: a handler may publish to its own channel',
    requires: ['waiting', 'stats'],
    async run(context) {
      const { events } = openChannel(context);
      const seen: number[] = [];
      const ended = new Promise<void>((resolve) => {
        events.listen(CHANNEL, async ({ payload }) => {
          seen.push(Number(payload));
          if (seen.length === 20) resolve();
          else await events.publish(CHANNEL, Number(payload) + 1);
        });
      });
      await events.publish(CHANNEL, 1);
      await ended;
      await events.drain();
      expectEqual(
        seen,
        Array.from({ length: 20 }, (_, index) => index + 1),
        'what was handled',
      );
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await events.stats(CHANNEL)), none, 'stats');
      await events.shutdown();
    },
  },
  {
    name: 'listen: competing listeners of two contexts handle each event once',
    requires: ['waiting', 'contexts', 'publishMany'],
    async run(context) {
      const channels = [openChannel(context).events, openChannel(context).events] as const;
      const seen: number[] = [];
      for (const events of channels)
        events.listen(CHANNEL, ({ payload }) => seen.push(Number(payload)), { concurrency: 3 });
      const payloads = Array.from({ length: 40 }, (_, index) => index);
      await channels[0].publishMany(payloads.map((payload) => ({ channel: CHANNEL, payload })));
      await Promise.all(channels.map((events) => events.drain()));
      expectEqual(
        seen.sort((a, b) => a - b),
        payloads,
        'what was handled',
      );
      await Promise.all(channels.map((events) => events.shutdown()));
    },
  },
  {
    name: 'listen: a paused listener leases nothing, and handles after resume what was published meanwhile',
    requires: ['waiting', 'stats'],
    async run(context) {
      const { events } = openChannel(context);
      const seen: unknown[] = [];
      const listener = events.listen(CHANNEL, ({ payload }) => seen.push(payload));
      await events.drain();
      listener.pause('signed out');
      await events.publish(CHANNEL, 1);
      expectEqual([await events.drain(), seen], [0, []], 'what was handled during the pause');
      const stored = { ready: 1, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await events.stats(CHANNEL)), stored, 'stats during the pause');
      listener.resume();
      expectEqual([await events.drain(), seen], [1, [1]], 'what was handled after the pause');
      await events.shutdown();
    },
  },
  {
    name: 'listen: an idle listener whose backend is shut down ends at once, and so does a loop',
    requires: ['waiting', 'keepAlive'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend, observer: recordingObserver(), ...SETTINGS });
      const listener = events.listen(CHANNEL, () => undefined);
      const loop = expectRejects(
        () => events.iterEvents(CHANNEL).next(),
        { name: 'AcklineError', code: 'closed' },
        'what the loop waits for',
      );
      await expectNothingDue(backend);
      await backend.shutdown();
      await Promise.all([listener.closed, loop]);
      expectEqual(codeOf(listener.closeReason), 'closed', 'why the listener ended');
    },
  },
];
