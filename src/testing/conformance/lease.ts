import type { Lease, Settlement } from '../../core/events/message.ts';
import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  LEASE_MS,
  openBackend,
  publishEach,
  TEN_YEARS_MS,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

type Settle = (backend: FullBackend, eventId: string, lease?: Lease) => Promise<Settlement>;

const VERBS: Readonly<Record<string, Settle>> = {
  ack: (backend, eventId, lease) => backend.ack(eventId, lease),
  nack: (backend, eventId, lease) => backend.nack(eventId, lease, { delayMs: 5_000 }),
  reject: (backend, eventId, lease) => backend.reject(eventId, lease, { reason: 'late' }),
  extend: (backend, eventId, lease) => backend.extend(eventId, lease, 3_600_000),
};

/** The lease of the first holder expired, and the second holder has the event. The first may change nothing. */
function staleCase(verb: string, settle: Settle): ConformanceCase {
  return {
    name: `${verb}: with a stale lease answers stale and changes nothing`,
    requires: ['leaseMs', 'contexts', 'extend', 'reject', 'deadLetters', 'expiry'],
    async run(context) {
      const [first, second] = [openBackend(context), openBackend(context)];
      await publishEach(first, 'one');
      const late = await takeNext(first, { leaseMs: 1_000 });
      await context.runtime.advance(1_000);
      const held = await takeNext(second, { leaseMs: 1_000 });
      expectEqual(await settle(first, late.eventId, late.lease), 'stale', 'answer');
      await expectNothingDue(first);
      expectEqual(await first.deadLetters(CHANNEL, 10), [], 'dead letters');
      await context.runtime.advance(1_000);
      const again = await takeNext(first);
      expectEqual(again.attempts, 3, 'attempts, once the second lease expired');
      expectEqual(await settle(second, held.eventId, held.lease), 'stale', 'the second holder');
      expectEqual(await first.ack(again.eventId, again.lease), 'ok', 'the newest holder');
    },
  };
}

function fencedCase(verb: string, settle: Settle): ConformanceCase {
  return {
    name: `${verb}: a bare id is fenced by what this backend was delivered`,
    requires: ['leaseMs', 'contexts', 'extend', 'reject', 'expiry'],
    async run(context) {
      const [first, second] = [openBackend(context), openBackend(context)];
      await publishEach(first, 'one');
      const { eventId } = await takeNext(first, { leaseMs: 1_000 });
      await context.runtime.advance(1_000);
      await takeNext(second);
      expectEqual(await settle(first, eventId), 'stale', 'the context that lost the event');
      expectEqual(await settle(second, eventId), 'ok', 'the context that holds it');
    },
  };
}

function unknownCase(verb: string, settle: Settle): ConformanceCase {
  return {
    name: `${verb}: an id that was not delivered here, without a lease, answers gone and changes nothing`,
    requires: ['contexts', 'extend', 'reject', 'leaseMs'],
    async run(context) {
      const [holder, other] = [openBackend(context), openBackend(context)];
      const [ready] = await publishEach(holder, 'one', 'two');
      expectEqual(await settle(holder, ready as string), 'gone', 'an event without a lease');
      const { eventId, lease } = await takeNext(holder);
      expectEqual(await settle(other, eventId), 'gone', 'an event that another context holds');
      expectEqual(await settle(holder, 'no-such-id'), 'gone', 'an unknown id');
      expectEqual(await settle(holder, 'no-such-id', lease), 'gone', 'an id that never was');
      expectEqual(await holder.ack(eventId, lease), 'ok', 'the holder');
      expectEqual((await takeNext(other)).payload, 'two', 'the next event');
    },
  };
}

export const leaseCases: readonly ConformanceCase[] = [
  ...Object.entries(VERBS).map(([verb, settle]) => staleCase(verb, settle)),
  ...Object.entries(VERBS).map(([verb, settle]) => fencedCase(verb, settle)),
  ...Object.entries(VERBS).map(([verb, settle]) => unknownCase(verb, settle)),
  {
    name: 'lease: fencing tokens grow strictly, over nack, expiry and contexts',
    requires: ['leaseMs', 'contexts', 'expiry'],
    async run(context) {
      const backends = [openBackend(context), openBackend(context)] as const;
      await publishEach(backends[0], 'one');
      let last = -1;
      for (let round = 0; round < 8; round += 1) {
        const { eventId, lease } = await takeNext(backends[round % 2] as FullBackend);
        expectTrue(lease > last, `the lease ${lease} is above ${last}`);
        last = lease;
        if (round % 3 === 0) await context.runtime.advance(LEASE_MS);
        else await backends[round % 2]?.nack(eventId, lease);
      }
    },
  },
  {
    name: 'lease: a clock that is set back lengthens none beyond what was asked for',
    requires: ['leaseMs', 'contexts', 'extend', 'expiry'],
    async run({ runtime, open }) {
      const [first, second] = [open(), open()] as const;
      await publishEach(first, 'held', 'extended');
      const held = await takeNext(first);
      const extended = await takeNext(first);
      runtime.jumpTo(runtime.now() - TEN_YEARS_MS);
      await expectNothingDue(second);
      await runtime.advance(LEASE_MS - 1_000);
      expectEqual(await first.extend?.(extended.eventId, extended.lease, LEASE_MS), 'ok', 'extend');
      await runtime.advance(999);
      await expectNothingDue(second);
      await runtime.advance(1);
      const again = await takeNext(second);
      expectEqual([again.payload, again.attempts], ['held', 2], 'what comes again');
      expectEqual(await first.ack(held.eventId, held.lease), 'stale', 'who held it before');
      await expectNothingDue(second);
      expectEqual(await first.ack(extended.eventId, extended.lease), 'ok', 'who extended');
    },
  },
  {
    name: 'lease: is not lengthened by a clock that is set back to before it was taken, or extended',
    requires: ['leaseMs', 'contexts', 'extend', 'expiry'],
    async run({ runtime, open }) {
      const [first, second] = [open(), open()] as const;
      await publishEach(first, 'extended', 'taken', 'renewed');
      const extended = await takeNext(first, { leaseMs: 3_600_000 });
      await runtime.advance(1_800_000);
      await first.extend?.(extended.eventId, extended.lease, LEASE_MS);
      await takeNext(first);
      const renewed = await takeNext(first);
      runtime.jumpTo(runtime.now() - 1_800_000);
      const half = await first.extend?.(renewed.eventId, renewed.lease, LEASE_MS / 2);
      expectEqual(half, 'ok', 'extend after the jump');
      await expectNothingDue(second);
      await runtime.advance(LEASE_MS / 2);
      expectEqual(await takePayloads(second), ['renewed'], 'what comes first');
      await runtime.advance(LEASE_MS / 2 - 1);
      await expectNothingDue(second);
      await runtime.advance(1);
      const rest = (await takePayloads(second)).slice(0, 2);
      expectEqual(rest, ['extended', 'taken'], 'what comes then');
    },
  },
  {
    name: 'lease: of several events taken together, none is lengthened by what becomes of another',
    requires: ['leaseMs', 'contexts', 'dequeueMany', 'extend', 'expiry'],
    async run({ runtime, open }) {
      const [first, second] = [open(), open()] as const;
      await publishEach(first, 'one', 'two');
      const [one, two] = (await first.dequeueMany?.(CHANNEL, 2, 0)) ?? [];
      runtime.jumpTo(runtime.now() - TEN_YEARS_MS);
      await first.extend?.(one?.eventId ?? '', one?.lease, 2 * LEASE_MS);
      await expectNothingDue(second);
      await runtime.advance(LEASE_MS);
      expectEqual((await takeNext(second)).eventId, two?.eventId, 'the one that was not extended');
      expectEqual(await first.ack(one?.eventId ?? '', one?.lease), 'ok', 'the other');
    },
  },
  {
    name: 'lease: one that the backend takes back itself is reported as lost, before the event is delivered again',
    requires: ['leaseMs', 'observe', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      const reports: unknown[] = [];
      backend.observe?.((event) => {
        if (event.type === 'lease-lost') reports.push(event);
      });
      await publishEach(backend, 'one', 'two');
      const terms = { leaseMs: 1_000, ...(backend.capabilities?.maxHoldMs && { maxHoldMs: 1 }) };
      const first = await takeNext(backend, terms);
      const second = await takeNext(backend, terms);
      await backend.ack(second.eventId, second.lease);
      await context.runtime.advance(1_000);
      const again = await takeNext(backend);
      expectEqual(again.attempts, 2, 'attempts');
      const { eventId, lease, channel } = first;
      const expected = [{ type: 'lease-lost', channel, eventId, lease }];
      expectEqual(reports, expected, 'reports');
    },
  },
  {
    name: 'lease: a token that was never given out answers stale',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      expectEqual(await backend.ack(eventId, lease + 1_000), 'stale', 'answer');
      expectEqual(await backend.ack(eventId, lease), 'ok', 'the true one');
    },
  },
  {
    name: 'lease: refuses ids and tokens that cannot be any, naming option, expectation and value',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      for (const verb of [backend.ack, backend.nack].map((method) => method.bind(backend))) {
        await expectRejects(
          () => verb(42 as unknown as string, 1),
          { name: 'TypeError', says: ['eventId', 'a string', '42'] },
          'id',
        );
        await expectRejects(
          () => verb('id', '1' as unknown as Lease),
          { name: 'TypeError', says: ['lease', 'a whole number', '"1"'] },
          'lease',
        );
      }
    },
  },
];
