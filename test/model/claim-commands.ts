import type { EventMessage } from 'ackline';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { SCHEMA_CHANNEL } from './decorated.ts';
import { channelOf, type Model } from './model.ts';
import type { ModelEvent, Terms } from './model-event.ts';
import { type Backend, command, context, numberOf, type Place, queue } from './place.ts';

export interface ClaimArgs {
  readonly queue: string;
  readonly context: number;
  readonly limit: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** How many rules of the model a claim keeps: only what is due, as many as asked for, and in the order of docs/scheduling-and-priority.md. */
const [DUE_ONLY, COUNT_ONLY, EVERYTHING] = [1, 2, 8];

/** Why a claim buries events. */
const BURIED: readonly string[] = ['expired', 'blocked', 'invalid', 'undecodable'];

export async function claimEvents(args: ClaimArgs, at: Place): Promise<void> {
  const { queue, context } = args;
  // A context would join a group of its own by its first claim.
  if (!at.has('groups') && !at.isThere(queue)) return;
  const backend = at.backend(context);
  at.follow([queue]);
  const answer = await take(backend, args, at).catch((error: Error) => error);
  if (!Array.isArray(answer)) {
    at.follow([queue]);
    return expectNoGroup(answer, queue, at.model);
  }
  followClaim({ ...args, backend }, answer, at);
}

/** Compares what a claim has delivered with the model, which then has it too. `isListener`: other calls ran at the same time. */
export function followClaim(
  args: ClaimArgs & { readonly backend: Backend; readonly isListener?: boolean },
  messages: readonly EventMessage[],
  at: Place,
): void {
  const { queue, limit, isListener = false } = args;
  const { model: m, world } = at;
  const buried = at.reports.filter(
    ({ report }) => report.type === 'dead-lettered' && BURIED.includes(report.reason),
  ).length;
  at.follow([queue]);
  takeOver(m, queue, messages);
  if (world.hasOwnTurns) m.skipped.clear();
  // Time may have moved on before the answer came.
  if (isListener && messages[0]) m.now = messages[0].leaseExpiresAt - args.leaseMs;
  const taken = messages.map(numberOf);
  const mayPass =
    at.hasCancelled || m.of(queue).some((e) => e.key !== undefined || e.after !== undefined);
  const isGroup = queue.includes('@');
  // Events are copied to a group in several steps.
  const isLoose = world.isStored && (mayPass || isGroup || buried > 0);
  const isUnordered = world.isStored && (at.contexts.length > 1 || isGroup);
  const claim = { limit, buried, isLoose, promises: isUnordered ? COUNT_ONLY : EVERYTHING };
  // An event that is buried takes a place. Its key goes on while the claim is filled, over IndexedDB with the next claim. A server
  // delivers what was returned a little later, and a listener has other calls at the same time.
  const isCertain = buried === 0 && at.has('place') && !isListener;
  if (!isCertain) claim.promises = DUE_ONLY;
  const fault = m.faultOf(queue, taken, claim);
  if (fault) throw new Error(`a claim of ${limit} from ${queue} delivers ${taken}: ${fault}`);
  for (const message of messages) checkMessage(message, args, at);
  // What a claim buries may let others go, which the next claim takes if this one delivers anything.
  const isShort = buried > 0 ? taken.length === 0 : taken.length < limit;
  const isAll = isShort && at.has('place') && !world.isStored && !isListener;
  for (const message of messages) {
    const [n, lease] = [numberOf(message), Number(message.lease)];
    m.claim(m.find(queue, n) as ModelEvent, lease, termsOf(args, at));
    at.handed.push({ n, id: message.eventId, queue, lease, context: args.backend });
  }
  if (isAll) expectNothingLeft(m, queue);
}

/** This claim has taken over lapsed leases of another context, which has not reported it yet. */
function takeOver(m: Model, queue: string, messages: readonly EventMessage[]): void {
  for (const message of messages) {
    const e = m.find(queue, numberOf(message));
    if (e && m.isLapsed(e)) m.lose(queue, message.eventId, e.held?.lease);
  }
}

/** A server with a clock of its own gives leases that are longer than a run. */
function termsOf({ leaseMs, maxAttempts }: ClaimArgs, at: Place): Terms {
  return { leaseMs: at.has('leaseMs') ? leaseMs : Number.POSITIVE_INFINITY, maxAttempts };
}

async function take(backend: Backend, args: ClaimArgs, at: Place): Promise<EventMessage[]> {
  const { queue, limit, leaseMs, maxAttempts } = args;
  const terms = { ...(at.has('leaseMs') && { leaseMs }), maxAttempts };
  if (limit > 1) return backend.dequeueMany(queue, limit, 0, terms);
  const message = await backend.dequeue(queue, 0, terms);
  return message ? [message] : [];
}

function expectNoGroup(error: Error, queue: string, m: Model): void {
  const isGone = !m.queues.includes(queue);
  if (!isGone || !('code' in error) || error.code !== 'no-group') throw error;
  const left = m.of(queue).filter(({ state }) => state !== 'dead');
  expectEqual(left, [], `what the ended queue ${queue} has`);
}

/** A claim with places left has taken back each lapsed lease, and buried each expired event. */
function expectNothingLeft(m: Model, queue: string): void {
  const lapsed = m.of(queue).filter((e) => m.isLapsed(e));
  expectEqual(lapsed, [], 'lapsed leases that a claim left');
  expectEqual(m.open(queue), [], 'events that a claim left');
}

function checkMessage(message: EventMessage, args: ClaimArgs, at: Place): void {
  const { queue, leaseMs } = args;
  const { model: m, world } = at;
  const e = m.find(queue, numberOf(message)) as ModelEvent;
  const { eventId, channel, attempts, availableAt, leaseExpiresAt, createdAt } = message;
  const { group, key, priority = 0, redriven, lease = 0, after } = message;
  const reply = after && 'reply' in after ? after.reply : undefined;
  const { schemaVersion, ...metadata } = message.metadata ?? {};
  const hasTimes = at.has('clock');
  expectEqual(
    {
      ...{ eventId, channel, metadata, attempts, group, key, priority },
      ...(hasTimes && { availableAt, leaseExpiresAt, createdAt }),
      ...{ redriven: redriven?.count ?? 0, after: after?.eventId, state: after?.state, reply },
    },
    {
      ...{ eventId: e.id, channel: channelOf(queue), metadata: { n: e.n } },
      ...{ attempts: e.attempts + 1, group: queue.split('@')[1], key: e.key, priority: e.priority },
      ...(hasTimes && { availableAt: e.dueAt, leaseExpiresAt: m.now + leaseMs }),
      ...(hasTimes && { createdAt: e.createdAt }),
      ...{ redriven: e.redriven, after: e.after },
      ...{ state: e.outcome?.state, reply: e.outcome?.reply },
    },
    'a message',
  );
  const isPresent = !world.isDecorated || channel !== SCHEMA_CHANNEL;
  expectTrue(isPresent || typeof message.payload === 'number', 'old payloads are migrated');
  expectTrue(lease > (e.held?.lease ?? -1), 'the lease of an event grows');
}

export const claimCommand = command(
  'claim',
  [],
  fc.record({
    queue,
    context,
    limit: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
    leaseMs: fc.constantFrom(1, 1_000, 30_000),
    maxAttempts: fc.constantFrom(1, 2, 25),
  }),
  claimEvents,
);
