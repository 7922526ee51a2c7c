import type { Settlement } from 'ackline';
import fc from 'fast-check';
import { expectEqual } from '../../src/testing/conformance/expect.ts';
import type { Command, ModelEvent, Verb } from './model-event.ts';
import {
  type Backend,
  command,
  context,
  fromEnd,
  type Handed,
  type Place,
  pick,
  sometimes,
} from './place.ts';

function send(
  backend: Backend,
  { id, queue }: Handed,
  lease: number | undefined,
  given: Command,
  at: Place,
) {
  const { verb, ms, fails, postpones, reply } = given;
  const failure = fails ? { error: new Error('failed') } : {};
  if (verb === 'ack') return backend.ack(id, lease, reply === undefined ? {} : { reply }, queue);
  if (verb === 'extend') return backend.extend(id, lease, ms, queue);
  if (verb === 'reject') return backend.reject(id, lease, { reason: 'no', ...failure }, queue);
  const options = {
    ...(at.has('delayMs') && { delayMs: ms }),
    ...failure,
    ...(postpones && { countsAsAttempt: false }),
  };
  return backend.nack(id, lease, options, queue);
}

const settling = fc.record({
  pick,
  /** Another context than that of the delivery needs the lease. */
  other: sometimes(context),
  hasLease: fc.boolean(),
  verb: fc.constantFrom<Verb>('ack', 'ack', 'nack', 'nack', 'reject', 'extend'),
  ms: fc.constantFrom(1, 1_000, 30_000),
  isAtOnce: fc.boolean(),
  fails: fc.boolean(),
  postpones: fc.boolean(),
});
type SettleArgs = typeof settling extends fc.Arbitrary<infer T> ? T : never;

/** What the backend may be asked for. */
function permitted(
  { verb, ms, isAtOnce, fails, postpones }: SettleArgs,
  n: number,
  at: Place,
): Command {
  const isAsked = verb === 'ack' || verb === 'nack' || at.has(verb);
  const isNow = verb === 'nack' && (isAtOnce || !at.has('delayMs'));
  // A server with a clock of its own would end a short lease.
  const time = at.has('clock') ? ms : 30_000;
  const given = { ms: isNow ? 0 : time, fails, postpones: postpones && at.has('countsAsAttempt') };
  const reply = at.has('reply') ? n : undefined;
  return { ...given, reply, verb: isAsked ? verb : 'nack' };
}

async function settleOne(args: SettleArgs, at: Place): Promise<void> {
  const target = fromEnd(at.handed, args.pick);
  if (!target) return;
  const { queue, id, context, n } = target;
  // A later event of its id is another event, which the store would take for this one.
  const isTwin = (one: ModelEvent) => one.id === id && one.n !== n;
  if (at.model.of(queue).some(isTwin)) return;
  const isFree = args.other !== undefined && at.has('clock');
  const backend = isFree ? at.backend(Number(args.other)) : context;
  const hasLease = args.hasLease || backend !== context;
  const isSame = (one: Handed) => one.context === context && one.queue === queue && one.id === id;
  const lease = hasLease ? target.lease : Number(at.handed.findLast(isSame)?.lease);
  const given = permitted(args, n, at);
  const answer = await send(backend, target, hasLease ? lease : undefined, given, at);
  followSettlement({ ...target, lease }, hasLease, given, answer, at);
}

/** Compares the answer to a settlement with the model, which then has it too. */
export function followSettlement(
  target: Handed,
  hasLease: boolean,
  given: Command,
  answer: Settlement,
  at: Place,
): void {
  const { model } = at;
  const { queue, id, lease, n } = target;
  const e = at.eventOf(target);
  const mayBeTakenBack = e !== undefined && model.isLapsed(e);
  if (answer !== 'ok' && mayBeTakenBack) {
    at.follow();
    model.lose(queue, id, lease);
    return;
  }
  // Without a lease, and for an event that was redriven since, the store may not know that the lease was one of the event.
  const isKept = hasLease && at.has('place');
  const isKnown = isKept && !mayBeTakenBack && (!e || e.state === 'dead' || e.isDelivered);
  const expected = model.settle(e, lease, given);
  if (expected === 'ok' || answer === 'ok' || isKnown)
    expectEqual(answer, expected, `the answer to ${given.verb} ${n}`);
}

export const settleCommand = command('settle', [], settling, settleOne);

export const advanceCommand = command(
  'advance',
  ['clock'],
  fc.constantFrom(1, 999, 1_000, 30_000, 60_000),
  async (ms, at) => {
    await at.world.runtime.advance(ms);
    at.follow();
  },
);
