import type { DequeueOptions } from '../../core/protocols/protocols.ts';
import {
  CHANNEL,
  expectNothingDue,
  LEASE_MS,
  openBackend,
  publishEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

const WHOLE_MS = 'a whole number of milliseconds from';

const BAD_ARGUMENTS: readonly (readonly [
  pollIntervalMs: unknown,
  options: unknown,
  says: readonly string[],
])[] = [
  [-1, {}, ['pollIntervalMs', `${WHOLE_MS} 0`, '-1']],
  [1.5, {}, ['pollIntervalMs', `${WHOLE_MS} 0`, '1.5']],
  [Number.NaN, {}, ['pollIntervalMs', `${WHOLE_MS} 0`, 'NaN']],
  [undefined, {}, ['pollIntervalMs', `${WHOLE_MS} 0`, 'undefined']],
  [0, { leaseMs: 0 }, ['leaseMs', `${WHOLE_MS} 1`, '0']],
  [0, { leaseMs: '9' }, ['leaseMs', `${WHOLE_MS} 1`, '"9"']],
  [0, { maxAttempts: 0 }, ['maxAttempts', 'a whole number from 1, or Infinity', '0']],
  [0, { maxAttempts: 2.5 }, ['maxAttempts', 'a whole number from 1, or Infinity', '2.5']],
  [0, null, ['options', 'an object', 'null']],
  [0, 5, ['options', 'an object', '5']],
];

export const dequeueCases: readonly ConformanceCase[] = [
  {
    name: 'dequeue: answers null where nothing was ever published',
    requires: [],
    run: (context) => expectNothingDue(openBackend(context)),
  },
  {
    name: 'dequeue: delivers in the order in which events were published',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3, 4, 5);
      expectEqual(await takePayloads(backend), [1, 2, 3, 4, 5], 'order');
    },
  },
  {
    name: 'dequeue: keeps the order of several contexts that publish alternately',
    requires: ['contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      for (const payload of [1, 3, 5]) {
        await publishEach(one, payload);
        await publishEach(other, payload + 1);
      }
      expectEqual(await takePayloads(one), [1, 2, 3, 4, 5, 6], 'order');
    },
  },
  {
    name: 'dequeue: says all that the protocol promises of a message',
    requires: ['leaseMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      const eventId = await backend.publish(CHANNEL, { total: 9 }, { trace: 'a' });
      await runtime.advance(700);
      const { lease, ...message } = await takeNext(backend, { leaseMs: 2_000 });
      expectEqual(
        message,
        {
          eventId,
          channel: CHANNEL,
          payload: { total: 9 },
          metadata: { trace: 'a' },
          attempts: 1,
          availableAt: createdAt,
          leaseExpiresAt: createdAt + 2_700,
          createdAt,
        },
        'message',
      );
      expectTrue(Number.isSafeInteger(lease) && lease >= 0, 'the lease is a whole number');
    },
  },
  {
    name: 'dequeue: delivers plain, frozen, structured-cloneable data',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, { a: 1 });
      const message = await takeNext(backend);
      expectTrue(Object.isFrozen(message), 'the message is frozen');
      expectEqual(Object.getPrototypeOf(message), Object.prototype, 'prototype');
      expectEqual(structuredClone(message), message, 'its clone');
    },
  },
  {
    name: 'dequeue: hides an event from others until its lease expires',
    requires: ['leaseMs', 'contexts', 'expiry'],
    async run(context) {
      const [holder, other] = [openBackend(context), openBackend(context)];
      const [eventId] = await publishEach(holder, 'one');
      await takeNext(holder, { leaseMs: 2_000 });
      await expectNothingDue(holder);
      await context.runtime.advance(1_999);
      await expectNothingDue(other);
      await context.runtime.advance(1);
      expectEqual((await takeNext(other)).eventId, eventId, 'event after its lease');
    },
  },
  {
    name: 'dequeue: leases for 30 seconds and 25 attempts by default',
    requires: ['leaseMs', 'maxAttempts', 'deadLetters', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (let attempt = 1; attempt <= 25; attempt += 1) {
        const message = await takeNext(backend);
        expectEqual(message.attempts, attempt, 'attempts');
        expectEqual(message.leaseExpiresAt, context.runtime.now() + LEASE_MS, 'expiry');
        await context.runtime.advance(LEASE_MS);
      }
      await expectNothingDue(backend);
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
    },
  },
  {
    name: 'dequeue: copies for each delivery, so that what a consumer changes stays with it',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, { items: [1] }, { tags: ['a'] });
      const first = await takeNext(backend);
      (first.payload as { items: number[] }).items.push(2);
      (first.metadata as { tags: string[] }).tags.push('b');
      await backend.nack(first.eventId, first.lease);
      const second = await takeNext(backend);
      expectEqual(second.payload, { items: [1] }, 'payload after redelivery');
      expectEqual(second.metadata, { tags: ['a'] }, 'metadata after redelivery');
    },
  },
  {
    name: 'dequeue: never gives the same event to two contexts',
    requires: ['contexts'],
    async run(context) {
      const backends = [openBackend(context), openBackend(context), openBackend(context)];
      const payloads = Array.from({ length: 30 }, (_, index) => index);
      await publishEach(backends[0] as (typeof backends)[0], ...payloads);
      const taken = (await Promise.all(backends.map((backend) => takePayloads(backend)))).flat();
      expectEqual(
        taken.sort((a, b) => Number(a) - Number(b)),
        payloads,
        'what all of them took together',
      );
    },
  },
  {
    name: 'dequeue: refuses bad arguments, naming option, expectation and value',
    requires: ['leaseMs', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (const [pollIntervalMs, options, says] of BAD_ARGUMENTS)
        await expectRejects(
          () => backend.dequeue(CHANNEL, pollIntervalMs as number, options as DequeueOptions),
          { name: 'TypeError', says },
          says.join(' '),
        );
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts after the refusals');
    },
  },
];
