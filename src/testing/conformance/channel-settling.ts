import { EventChannel } from '../../core/event-channel.ts';
import { CHANNEL, expectNothingDue, openBackend } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

export const channelSettlingCases: readonly ConformanceCase[] = [
  {
    name: 'channel: settles by delivery and by id, and a second settlement answers gone or stale',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      const events = new EventChannel({ backend, pollIntervalMs: 0 });
      for (const payload of [1, 2]) await events.publish(CHANNEL, payload);
      const first = await events.dequeue(CHANNEL);
      expectEqual(await first?.ack(), 'ok', 'by the delivery');
      expectEqual(await events.ack(first?.eventId ?? ''), 'gone', 'again, by the id');
      const second = await events.dequeue(CHANNEL);
      expectEqual(await events.nack(second?.eventId ?? ''), 'ok', 'by the id');
      expectEqual(await second?.ack(), 'stale', 'again, by the delivery');
      expectEqual((await events.dequeue(CHANNEL))?.attempts, 2, 'attempts');
    },
  },
  {
    name: 'channel: an id is fenced by the lease with which this channel received it last',
    requires: ['leaseMs', 'contexts', 'expiry'],
    async run(context) {
      const settings = { leaseMs: 1_000, pollIntervalMs: 0 };
      const first = new EventChannel({ backend: openBackend(context), ...settings });
      const second = new EventChannel({ backend: openBackend(context), ...settings });
      await first.publish(CHANNEL, 'one');
      const late = await first.dequeue(CHANNEL);
      await context.runtime.advance(1_000);
      const held = await second.dequeue(CHANNEL);
      expectEqual(await first.ack(late?.eventId ?? ''), 'stale', 'the one who lost it');
      expectEqual(await late?.nack(), 'stale', 'the late delivery');
      expectEqual(late?.signal.aborted, true, 'its signal afterwards');
      expectEqual(await held?.ack(), 'ok', 'the one who holds it');
      await context.runtime.advance(1_000);
      await expectNothingDue(openBackend(context));
    },
  },
  {
    name: 'channel: shutdown is idempotent, and every use after it is refused as closed',
    requires: [],
    async run(context) {
      const events = new EventChannel({ backend: openBackend(context), pollIntervalMs: 0 });
      await events.publish(CHANNEL, 'one');
      const delivery = await events.dequeue(CHANNEL);
      await Promise.all([events.shutdown(), events.shutdown()]);
      await events.shutdown();
      const uses: readonly (() => unknown)[] = [
        () => events.publish(CHANNEL, 1),
        () => events.publishMany([]),
        () => events.dequeue(CHANNEL),
        () => events.dequeueMany(CHANNEL, 1),
        () => events.iterEvents(CHANNEL),
        () => events.listen(CHANNEL, () => undefined),
        () => events.ack('id'),
        () => events.nack('id'),
        () => events.reject('id'),
        () => events.extend('id', 1),
        () => events.stats(CHANNEL),
        () => events.deadLetters(CHANNEL),
        () => events.drain(),
        () => delivery?.ack(),
      ];
      for (const use of uses)
        await expectRejects(async () => use(), { name: 'AcklineError', code: 'closed' }, `${use}`);
      await events.stopListener(CHANNEL);
    },
  },
];
