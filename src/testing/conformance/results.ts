import { createGroup } from '../../groups/group-calls.ts';
import { resultOf } from '../../results/result-of.ts';
import { waitFor } from '../../results/wait-for.ts';
import { CHANNEL, type FullBackend, LEASE_MS, openBackend, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const RETENTION_MS = 60_000;
const KEPT = { retentionMs: RETENTION_MS };

function publishKept(backend: FullBackend, payload: unknown = 1): Promise<string> {
  return backend.publish(CHANNEL, payload, null, KEPT);
}

export const resultsCases: readonly ConformanceCase[] = [
  {
    name: 'result: follows an event until it is acknowledged',
    requires: ['retentionMs', 'reply'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await publishKept(backend);
      const pending = { eventId, state: 'pending' };
      expectEqual(await resultOf(backend, CHANNEL, eventId), pending, 'while it waits');
      const first = await takeNext(backend);
      expectEqual(await resultOf(backend, CHANNEL, eventId), pending, 'while it is leased');
      await backend.nack(eventId, first.lease);
      expectEqual(await resultOf(backend, CHANNEL, eventId), pending, 'after a nack');
      const { lease } = await takeNext(backend);
      const acknowledgedAt = context.runtime.now();
      await backend.ack(eventId, lease, { reply: ['done'] });
      expectEqual(
        await resultOf(backend, CHANNEL, eventId),
        { eventId, state: 'acknowledged', reply: ['done'], attempts: 2, acknowledgedAt },
        'after the ack',
      );
    },
  },
  {
    name: 'result: says why an event died, and is pending again after a redrive',
    requires: ['retentionMs', 'reject', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      const eventId = await publishKept(backend);
      const { lease } = await takeNext(backend);
      const diedAt = context.runtime.now();
      await backend.reject(eventId, lease, { reason: 'no', error: new RangeError('far') });
      expectEqual(
        await resultOf(backend, CHANNEL, eventId),
        {
          ...{ eventId, state: 'dead', reason: 'rejected', note: 'no', attempts: 1, diedAt },
          lastError: { name: 'RangeError', message: 'far' },
        },
        'after the reject',
      );
      await backend.redrive(CHANNEL);
      expectEqual((await resultOf(backend, CHANNEL, eventId)).state, 'pending', 'after a redrive');
      const again = await takeNext(backend);
      await backend.ack(eventId, again.lease);
      expectEqual((await resultOf(backend, CHANNEL, eventId)).state, 'acknowledged', 'at the end');
    },
  },
  {
    name: 'result: an event that expired or used up its attempts is dead',
    requires: ['retentionMs', 'ttlMs', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      const failing = await publishKept(backend);
      const { lease } = await takeNext(backend, { maxAttempts: 1 });
      await backend.nack(failing, lease);
      const brief = await backend.publish(CHANNEL, 1, null, { ...KEPT, ttlMs: 1_000 });
      await context.runtime.advance(1_000);
      expectEqual(await backend.dequeue(CHANNEL, 0), null, 'a delivery');
      for (const [eventId, reason] of [
        [failing, 'attempts-exhausted'],
        [brief, 'expired'],
      ] as const) {
        const result = await resultOf(backend, CHANNEL, eventId);
        expectEqual(result.state === 'dead' && result.reason, reason, 'the reason');
      }
    },
  },
  {
    name: 'result: an event whose lease expired in its last attempt is dead',
    requires: ['retentionMs', 'maxAttempts', 'leaseMs', 'contexts', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      const other = openBackend(context);
      const eventId = await publishKept(backend);
      await takeNext(other, { maxAttempts: 1 });
      await context.runtime.advance(LEASE_MS);
      expectEqual(await backend.dequeue(CHANNEL, 0), null, 'a delivery');
      expectEqual((await resultOf(other, CHANNEL, eventId)).state, 'dead', 'the state');
    },
  },
  {
    name: 'result: a cancelled event is cancelled',
    requires: ['retentionMs', 'cancel', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const cancelledAt = context.runtime.now();
      const fresh = await publishKept(backend);
      const delayed = await backend.publish(CHANNEL, 1, null, { ...KEPT, delayMs: 5_000 });
      for (const eventId of [fresh, delayed]) {
        expectEqual(await backend.cancel(CHANNEL, eventId), 'ok', 'the cancel');
        const expected = { eventId, state: 'cancelled', cancelledAt };
        expectEqual(await resultOf(backend, CHANNEL, eventId), expected, 'the result');
      }
    },
  },
  {
    name: 'result: a replaced event is cancelled',
    requires: ['retentionMs', 'replace'],
    async run(context) {
      const backend = openBackend(context);
      const old = await backend.publish(CHANNEL, 1, null, { ...KEPT, key: 'a' });
      await backend.publish(CHANNEL, 2, null, { key: 'a', replaces: 'waiting' });
      expectEqual((await resultOf(backend, CHANNEL, old)).state, 'cancelled', 'the state');
    },
  },
  {
    name: 'result: is unknown for an event that never existed, was not to be kept, or is no longer kept',
    requires: ['retentionMs', 'clock'],
    async run(context) {
      const backend = openBackend(context);
      const plain = await backend.publish(CHANNEL, 1);
      const kept = await publishKept(backend);
      for (let count = 0; count < 2; count += 1) {
        const { eventId, lease } = await takeNext(backend);
        await backend.ack(eventId, lease);
      }
      await context.runtime.advance(RETENTION_MS - 1);
      expectEqual((await resultOf(backend, CHANNEL, kept)).state, 'acknowledged', 'while kept');
      await context.runtime.advance(1);
      for (const eventId of ['never', plain, kept]) {
        const unknown = { eventId, state: 'unknown' };
        expectEqual(await resultOf(backend, CHANNEL, eventId), unknown, 'the result');
        expectEqual(await waitFor(backend, CHANNEL, eventId), unknown, 'the answer to a wait');
      }
    },
  },
  {
    name: 'result: an event that waits for longer than its retention is pending all the time',
    requires: ['retentionMs', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const delayMs = 10 * RETENTION_MS;
      const eventId = await backend.publish(CHANNEL, 1, null, { ...KEPT, delayMs });
      await context.runtime.advance(delayMs - 1);
      expectEqual((await resultOf(backend, CHANNEL, eventId)).state, 'pending', 'the state');
    },
  },
  {
    name: 'result: each group has its own',
    requires: ['retentionMs', 'groups', 'reply'],
    async run(context) {
      const backend = openBackend(context);
      await createGroup(backend, CHANNEL, 'mail');
      const eventId = await publishKept(backend);
      const { lease } = await takeNext(backend);
      await backend.ack(eventId, lease, { reply: 'plain' });
      const ofGroup = await resultOf(backend, CHANNEL, eventId, { group: 'mail' });
      expectEqual(ofGroup.state, 'pending', 'the state in the group');
      expectEqual(
        (await resultOf(backend, CHANNEL, eventId)).state,
        'acknowledged',
        'the plain one',
      );
    },
  },
];
