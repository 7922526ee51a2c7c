import type { PublishOptions } from '../../core/events/message.ts';
import {
  ackAll,
  CHANNEL,
  countsOf,
  deadPayloads,
  expectNothingDue,
  openBackend,
  payloadsOf,
  publishEach,
  takeMany,
  takeNext,
  takePayloads,
} from './arrange.ts';
import { publishAfter, publishFirst, RETENTION_MS } from './arrange-after.ts';
import { createGroups, MAIL, SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

/** So long that a wait in a case ends only by a wake-up. */
const LONG_MS = 3_600_000;

export const afterCases: readonly ConformanceCase[] = [
  {
    name: 'after: an event is held back until the other one is acknowledged, and gets its reply',
    requires: ['after'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      await publishEach(backend, 'plain');
      const [first, plain] = await takeMany(backend, 2);
      expectEqual([first?.payload, plain?.payload], ['first', 'plain'], 'what is not held back');
      expectTrue(
        first !== undefined && !('after' in first),
        'an event that waited for none has none',
      );
      await expectNothingDue(backend);
      const acknowledgedAt = context.runtime.now();
      await backend.ack(after, first?.lease, { reply: { id: 17 } });
      const second = await takeNext(backend);
      const result = {
        ...{ eventId: after, state: 'acknowledged', reply: { id: 17 }, attempts: 1 },
        acknowledgedAt,
      };
      expectEqual([second.payload, second.after], ['second', result], 'the event that waited');
    },
  },
  {
    name: 'after: a nack and an expired lease of the other event hold it back further',
    requires: ['after', 'delayMs', 'leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      const { lease } = await takeNext(backend);
      await backend.nack(after, lease, { delayMs: 1_000 });
      await expectNothingDue(backend);
      await context.runtime.advance(1_000);
      expectEqual((await takeNext(backend, { leaseMs: 1_000 })).payload, 'first', 'the retry');
      await context.runtime.advance(1_001);
      const again = await takeNext(backend);
      expectEqual(again.payload, 'first', 'after the lease expired');
      await expectNothingDue(backend);
      await backend.ack(after, again.lease);
      expectEqual((await takeNext(backend)).payload, 'second', 'at the end');
    },
  },
  {
    name: 'after: an event whose other event was acknowledged before is delivered at once',
    requires: ['after'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await backend.ack(after, (await takeNext(backend)).lease, { reply: 'done' });
      await context.runtime.advance(RETENTION_MS - 1);
      await publishAfter(backend, after, 'second');
      const second = await takeNext(backend);
      expectEqual(second.after?.state, 'acknowledged', 'state');
      expectEqual(second.after && 'reply' in second.after && second.after.reply, 'done', 'reply');
    },
  },
  {
    name: 'after: events of one batch wait for each other in whatever order they are in',
    requires: ['after', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const kept = { retentionMs: RETENTION_MS };
      await backend.publishMany([
        { channel: CHANNEL, payload: 'third', options: { after: 'b' } },
        { channel: CHANNEL, payload: 'first', options: { ...kept, id: 'a' } },
        { channel: CHANNEL, payload: 'second', options: { ...kept, id: 'b', after: 'a' } },
      ]);
      for (const payload of ['first', 'second', 'third']) {
        const message = await takeNext(backend);
        expectEqual(message.payload, payload, 'the next event');
        await expectNothingDue(backend);
        await backend.ack(message.eventId, message.lease);
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'after: many events that wait for one are delivered at the same time, in commit order',
    requires: ['after'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      const payloads = Array.from({ length: 20 }, (_, index) => index);
      for (const payload of payloads) await publishAfter(backend, after, payload);
      await backend.ack(after, (await takeNext(backend)).lease);
      const messages = await takeMany(backend, payloads.length);
      expectEqual(payloadsOf(messages), payloads, 'all of them, each leased');
      expectTrue(
        messages.every((message) => message.after?.state === 'acknowledged'),
        'each has the result',
      );
    },
  },
  {
    name: 'after: each delivery has the reply, also when the result is no longer kept',
    requires: ['after', 'delayMs', 'expiry', 'clock'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      await backend.ack(after, (await takeNext(backend)).lease, { reply: ['x'] });
      for (let attempts = 1; attempts <= 3; attempts += 1) {
        const message = await takeNext(backend);
        const reply = message.after && 'reply' in message.after && message.after.reply;
        expectEqual([message.attempts, reply], [attempts, ['x']], 'attempt and reply');
        if (attempts === 2) await context.runtime.advance(RETENTION_MS);
        else await backend.nack(message.eventId, message.lease, { delayMs: RETENTION_MS });
        await context.runtime.advance(RETENTION_MS);
      }
    },
  },
  {
    name: 'after: what is held back can be counted and cancelled',
    requires: ['after', 'cancel', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      const held = await publishAfter(backend, after, 'second');
      await publishAfter(backend, after, 'third');
      const counts = { ready: 3, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'held events are ready');
      expectEqual(await backend.cancel(CHANNEL, held), 'ok', 'the answer');
      expectEqual(await backend.cancel(CHANNEL, held), 'gone', 'the second answer');
      await ackAll(backend, [await takeNext(backend)]);
      const last = await takeNext(backend);
      expectEqual(last.payload, 'third', 'the other one');
      await ackAll(backend, [last]);
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), none, 'at the end');
    },
  },
  {
    name: 'after: a delayed event waits for its due time as well',
    requires: ['after', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second', { delayMs: 1_000 });
      await backend.ack(after, (await takeNext(backend)).lease);
      await expectNothingDue(backend);
      await context.runtime.advance(1_000);
      expectEqual((await takeNext(backend)).payload, 'second', 'after the delay');
    },
  },
  {
    name: 'after: an event whose time to live has passed meanwhile is a dead letter',
    requires: ['after', 'ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second', { ttlMs: 1_000 });
      const { lease } = await takeNext(backend);
      await context.runtime.advance(1_000);
      await backend.ack(after, lease);
      await expectNothingDue(backend);
      expectEqual(await deadPayloads(backend), ['second'], 'dead letters');
    },
  },
  {
    name: 'after: an acknowledgement in another context wakes a wait',
    requires: ['after', 'waiting', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      const after = await publishFirst(other);
      await publishAfter(backend, after, 'second');
      const { lease } = await takeNext(other);
      const waiting = backend.dequeue(CHANNEL, LONG_MS);
      await expectNothingDue(other);
      await other.ack(after, lease);
      expectEqual((await waiting)?.payload, 'second', 'what the wait brought');
    },
  },
  {
    name: 'after: each group waits for its own copy',
    requires: ['after', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      const after = await publishFirst(backend);
      await publishAfter(backend, after, 'second');
      const { lease } = await takeOf(backend, SEARCH);
      await backend.ack(after, lease, { reply: SEARCH });
      const second = await takeOf(backend, SEARCH);
      const reply = second.after && 'reply' in second.after && second.after.reply;
      expectEqual(
        [second.payload, reply],
        ['second', SEARCH],
        'the group that has handled the first',
      );
      expectEqual((await takeOf(backend, MAIL)).payload, 'first', 'the other group');
      await expectNothingDue(backend, `${CHANNEL}@${MAIL}`);
      expectEqual(await takePayloads(backend), ['first'], 'the plain queue');
    },
  },
  {
    name: 'after: publish refuses a bad id, its own id, and a key beside it',
    requires: ['after', 'keys', 'id'],
    async run(context) {
      const backend = openBackend(context);
      const name = 'a string of 1 to 200 characters';
      const bad: readonly (readonly [options: unknown, says: readonly string[]])[] = [
        [{ after: '' }, ['after', name, '""']],
        [{ after: 5 }, ['after', name, '5']],
        [{ after: 'x'.repeat(201) }, ['after', name]],
        [{ after: 'a', id: 'a' }, ['after', 'the id of another event', '"a"']],
        [{ after: 'a', key: 'k' }, ['after', 'left out where a key is given', '"a"']],
        [{ after: 'a', onDeadLetter: 'stop' }, ['onDeadLetter', '"stop"']],
      ];
      for (const [options, says] of bad)
        await expectRejects(
          () => backend.publish(CHANNEL, 1, null, options as PublishOptions),
          { name: 'TypeError', says },
          says.join(' '),
        );
      await expectNothingDue(backend);
    },
  },
];
