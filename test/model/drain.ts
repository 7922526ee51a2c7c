import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { nextTask } from '../support/next-task.ts';
import { claimEvents } from './claim-commands.ts';
import type { Model } from './model.ts';
import { CHANNELS, type Handed, type Place, statsOf } from './place.ts';

const MAX_ROUNDS = 200;
const TERMS = { limit: 3, leaseMs: 30_000, maxAttempts: 25 };
/** Longer than every delay, lease and time between two checks. */

const LONG_MS = 100_000;

/** Lets time pass and acknowledges every event of every queue: what was published was delivered, or is a dead letter. */
export async function drain(at: Place): Promise<void> {
  // A server with a clock of its own would let no lease lapse.
  if (!at.has('clock')) await settleAll(at);
  await at.world.runtime.advance(LONG_MS);
  at.follow();
  for (const queue of new Set([...CHANNELS, ...at.model.queues]))
    for (let rounds = 0; await drainSome(queue, rounds, at); rounds += 1)
      expectTrue(rounds < MAX_ROUNDS, `${queue} is drained in ${MAX_ROUNDS} rounds`);
}

const ACK = { verb: 'ack', ms: 0, fails: false, postpones: false } as const;

async function acknowledge(delivery: Handed, at: Place): Promise<void> {
  const { context, id, lease, n, queue } = delivery;
  const reply = at.has('reply') ? n : undefined;
  const answer = await context.ack(id, lease, reply === undefined ? {} : { reply }, queue);
  expectEqual(answer, 'ok', `the last ack of ${n}`);
  at.model.settle(at.eventOf(delivery), lease, { ...ACK, reply });
}

async function settleAll(at: Place): Promise<void> {
  at.follow();
  const isHeld = (one: Handed) => at.eventOf(one)?.held?.lease === one.lease;
  const isLeased = (one: Handed) => at.eventOf(one)?.state === 'leased';
  for (const one of at.handed) if (isHeld(one) && isLeased(one)) await acknowledge(one, at);
}

/** Resolves with whether there may be more. */
async function drainSome(queue: string, context: number, at: Place): Promise<boolean> {
  const before = at.handed.length;
  const dead = deadIn(at.model, queue);
  at.follow();
  const isReleased = await releaseAll(queue, at);
  await claimEvents({ queue, context, ...TERMS }, at);
  const handed = at.handed.slice(before);
  for (const delivery of handed) await acknowledge(delivery, at);
  // What was buried may have let others go.
  const isBuried = deadIn(at.model, queue) > dead;
  const isCut = handed.length === 0 && !isBuried && (await cutCircle(queue, at));
  if (handed.length > 0 || isReleased || isBuried || isCut || blockedIn(at.model, queue).length > 0)
    return true;
  // A context takes over a lapsed lease of another one a little later, and a server delivers a returned event a little later.
  const isLate = at.model.of(queue).some((e) => at.model.isLapsed(e));
  if (isLate || (!at.has('place') && at.model.due(queue).length > 0)) {
    await nextTask();
    return true;
  }
  const { ready, leased, scheduled } = statsOf(at.model, queue);
  const none = { ready: 0, leased: 0, scheduled: 0 };
  // The keys of groups cannot be released.
  if (!queue.includes('@')) expectEqual({ ready, leased, scheduled }, none, `left in ${queue}`);
  return false;
}

const deadIn = (m: Model, queue: string) => m.inState(queue, 'dead').length;

/** Cancels an event that waits for another one. Where nothing else is left to deliver, events wait for each other in a circle. */
async function cutCircle(queue: string, at: Place): Promise<boolean> {
  at.follow();
  const left = at.model.of(queue).filter(({ state }) => state !== 'dead');
  const held = left.find(({ after, outcome }) => after !== undefined && !outcome);
  if (!held || at.model.due(queue).length > 0) return false;
  const answer = await at.backend(0).cancel(queue, held.id);
  expectEqual(answer, 'ok', `the cancel of ${held.n}, which is in a circle`);
  at.model.cancel(held);
  return true;
}

function blockedIn({ blocked }: Model, queue: string): readonly string[] {
  return queue.includes('@') ? [] : [...blocked].filter((line) => line.startsWith(`${queue} `));
}

async function releaseAll(queue: string, at: Place): Promise<boolean> {
  const lines = blockedIn(at.model, queue);
  for (const line of lines) {
    await at.backend(0).releaseKey(queue, line.slice(queue.length + 1));
    at.model.blocked.delete(line);
  }
  return lines.length > 0;
}
