import type { EventMessage } from 'ackline';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import {
  type Command,
  channelOf,
  claim,
  find,
  groupOf,
  isLapsed,
  lose,
  type Model,
  type ModelEvent,
  of,
  overdueIn,
  settle,
} from './model.ts';
import { faultOf, skippedAfter } from './permitted-claim.ts';
import {
  type Backend,
  command,
  context,
  contextOf,
  eventOf,
  follow,
  fromEnd,
  type Handed,
  isThere,
  pick,
  queue,
  type Reached,
  type Real,
  sometimes,
} from './reached.ts';

export interface ClaimArgs {
  readonly queue: string;
  readonly context: number;
  readonly limit: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** Why a claim buries events. */
const BURIED: readonly string[] = ['expired', 'blocked'];

export async function claimEvents(args: ClaimArgs, reached: Reached, real: Real): Promise<void> {
  const { queue, limit, context, ...terms } = args;
  if (queue.includes('@') && !real.features.includes('groups')) return;
  const backend = contextOf(real, context);
  follow(reached, real, [queue]);
  const answer = await take(backend, args).catch((error: Error) => error);
  const buried = real.reports.filter(
    (report) => report.type === 'dead-lettered' && BURIED.includes(report.reason),
  ).length;
  follow(reached, real, [queue]);
  if (Array.isArray(answer)) reached.model = takenOver(reached.model, queue, answer);
  const m = real.hasOwnTurns ? { ...reached.model, skipped: {} } : reached.model;
  if (!Array.isArray(answer)) return expectNoGroup(answer, queue, m);
  const taken = answer.map(({ payload }) => Number(payload));
  const mayPass =
    real.hasCancelled || of(m, queue).some((e) => e.key !== undefined || e.after !== undefined);
  const mayBeShort = real.isStored && (mayPass || buried > 0);
  const inAnyOrder = real.isStored && (real.contexts.length > 1 || queue.includes('@'));
  const fault = faultOf(m, { queue, limit, taken, buried, mayBeShort, inAnyOrder });
  if (fault) throw new Error(fault);
  for (const message of answer) checkMessage(message, m, args);
  const leased = answer.map(({ payload, lease }) => ({ n: Number(payload), lease: Number(lease) }));
  const skipped = { ...m.skipped, [queue]: skippedAfter(m, queue, taken) };
  reached.model = claim({ ...m, skipped }, queue, leased, terms);
  // What a claim buries may let others go, which the next claim takes.
  if (taken.length < limit && buried === 0 && !real.isStored) expectNothingLeft(m, queue);
  for (const { payload, eventId: id, lease } of answer)
    real.handed.push({ n: Number(payload), id, queue, lease: Number(lease), context: backend });
}

/** The model after this claim has taken over lapsed leases of another context, which has not reported it yet. */
function takenOver(m: Model, queue: string, messages: readonly EventMessage[]): Model {
  return messages.reduce((next, { payload, eventId }) => {
    const e = find(next, queue, Number(payload));
    return e && isLapsed(next, e) ? lose(next, queue, eventId, e.lease) : next;
  }, m);
}

async function take(backend: Backend, args: ClaimArgs): Promise<EventMessage[]> {
  const { queue, limit, leaseMs, maxAttempts } = args;
  const terms = { leaseMs, maxAttempts };
  if (limit > 1) return backend.dequeueMany(queue, limit, 0, terms);
  const message = await backend.dequeue(queue, 0, terms);
  return message ? [message] : [];
}

function expectNoGroup(error: Error, queue: string, m: Model): void {
  const isGone = !isThere(queue, m) || m.ended.includes(queue);
  if (!isGone || !('code' in error) || error.code !== 'no-group') throw error;
  const left = of(m, queue).filter(({ state }) => state !== 'dead');
  expectEqual(left, [], `what the ended queue ${queue} has`);
}

/** A claim with places left has taken back each lapsed lease, and buried each expired event. */
function expectNothingLeft(m: Model, queue: string): void {
  const lapsed = of(m, queue).filter((e) => isLapsed(m, e));
  expectEqual(lapsed, [], 'lapsed leases that a claim left');
  expectEqual(overdueIn(m, queue), [], 'expired events that a claim left');
}

function checkMessage(message: EventMessage, m: Model, { queue, leaseMs }: ClaimArgs): void {
  const e = find(m, queue, Number(message.payload));
  if (!e) throw new Error(`nobody published ${message.payload} to ${queue}`);
  const { eventId, channel, metadata, attempts, availableAt, leaseExpiresAt, createdAt } = message;
  const { group, key, priority = 0, redriven, lease = 0, after } = message;
  const reply = after && 'reply' in after ? after.reply : undefined;
  expectEqual(
    {
      ...{ eventId, channel, metadata, attempts, availableAt, leaseExpiresAt, createdAt },
      ...{ group, key, priority, redriven: redriven?.count ?? 0 },
      ...{ after: after?.eventId, state: after?.state, reply },
    },
    {
      ...{ eventId: e.id, channel: channelOf(queue), metadata: { n: e.n } },
      ...{ attempts: e.attempts + 1, availableAt: e.dueAt, leaseExpiresAt: m.now + leaseMs },
      ...{ createdAt: e.createdAt, group: groupOf(queue), key: e.key, priority: e.priority },
      redriven: e.redriven,
      ...{ after: e.after, state: e.outcome?.state, reply: e.outcome?.reply },
    },
    'a message',
  );
  expectTrue(lease > (e.lease ?? -1), 'the lease of an event grows');
}

function send(
  backend: Backend,
  { id, queue, n }: Handed,
  lease: number | undefined,
  given: Command,
) {
  const { verb, ms, fails, postpones } = given;
  const failure = fails ? { error: new Error('failed') } : {};
  if (verb === 'ack') return backend.ack(id, lease, { reply: n }, queue);
  if (verb === 'extend') return backend.extend(id, lease, ms, queue);
  if (verb === 'reject') return backend.reject(id, lease, { reason: 'no', ...failure }, queue);
  const options = { delayMs: ms, ...failure, ...(postpones && { countsAsAttempt: false }) };
  return backend.nack(id, lease, options, queue);
}

const settling = fc.record({
  pick,
  /** Another context than that of the delivery needs the lease. */
  other: sometimes(context),
  hasLease: fc.boolean(),
  verb: fc.constantFrom<Command['verb']>('ack', 'ack', 'nack', 'nack', 'reject', 'extend'),
  ms: fc.constantFrom(1, 1_000, 30_000),
  isAtOnce: fc.boolean(),
  fails: fc.boolean(),
  postpones: fc.boolean(),
});
type SettleArgs = typeof settling extends fc.Arbitrary<infer T> ? T : never;

async function settleOne(args: SettleArgs, reached: Reached, real: Real): Promise<void> {
  const target = fromEnd(real.handed, args.pick);
  if (!target) return;
  const { queue, id, context, n } = target;
  // A later event of its id is another event, which the store would take for this one.
  const isTwin = (one: ModelEvent) => one.id === id && one.n !== n;
  if (of(reached.model, queue).some(isTwin)) return;
  const backend = args.other === undefined ? context : contextOf(real, args.other);
  const hasLease = args.hasLease || backend !== context;
  const isSame = (one: Handed) => one.context === context && one.queue === queue && one.id === id;
  const lease = hasLease ? target.lease : Number(real.handed.findLast(isSame)?.lease);
  const ms = args.verb === 'nack' && args.isAtOnce ? 0 : args.ms;
  const given = { verb: args.verb, ms, fails: args.fails, postpones: args.postpones };
  const answer = await send(backend, target, hasLease ? lease : undefined, given);
  const e = eventOf(target, reached);
  const [expected, after] = settle(reached.model, e, lease, given);
  const mayBeTakenBack = e !== undefined && isLapsed(reached.model, e);
  if (expected === 'ok' && answer !== 'ok' && mayBeTakenBack) {
    follow(reached, real);
    reached.model = lose(reached.model, queue, id, lease);
    return;
  }
  // Without a lease, and for an event that was redriven since, the store may not know that the lease was one of the event.
  const isKnown = hasLease && !mayBeTakenBack && (!e || e.state === 'dead' || e.isDelivered);
  if (expected === 'ok' || answer === 'ok' || isKnown)
    expectEqual(answer, expected, `the answer to ${given.verb} ${n}`);
  reached.model = after;
}

export const claimCommand = command(
  'claim',
  fc.record({
    queue,
    context,
    limit: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
    leaseMs: fc.constantFrom(1, 1_000, 30_000),
    maxAttempts: fc.constantFrom(1, 2, 25),
  }),
  claimEvents,
);

export const settleCommand = command('settle', settling, settleOne);

export const advanceCommand = command(
  'advance',
  fc.constantFrom(1, 999, 1_000, 30_000, 60_000),
  async (ms, reached, real) => {
    await real.runtime.advance(ms);
    follow(reached, real);
  },
);
