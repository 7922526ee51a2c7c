import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { nextTask } from '../support/next-task.ts';
import { claimEvents } from './claim-commands.ts';
import { dueIn, isLapsed, type Model, of, settle } from './model.ts';
import { cancel, inState, release, stats } from './model-verbs.ts';
import { type Backend, CHANNELS, eventOf, follow, type Reached, type Real } from './reached.ts';

const TERMS = { limit: 3, leaseMs: 30_000, maxAttempts: 25 };
/** Longer than every delay, lease and time between two checks. */
const LONG_MS = 100_000;

/** Lets time pass and acknowledges every event of every queue: what was published was delivered, or is a dead letter. */
export async function drain(reached: Reached, real: Real): Promise<void> {
  await real.runtime.advance(LONG_MS);
  follow(reached, real);
  for (const queue of [...CHANNELS, ...reached.model.groups])
    for (let rounds = 0; await drainSome(queue, rounds, reached, real); rounds += 1)
      expectTrue(rounds < 500, `${queue} is drained in 500 rounds`);
}

/** Resolves with whether there may be more. */
async function drainSome(
  queue: string,
  context: number,
  reached: Reached,
  real: Real,
): Promise<boolean> {
  const before = real.handed.length;
  const dead = deadIn(reached.model, queue);
  follow(reached, real);
  const isReleased = await releaseAll(queue, reached, real);
  await claimEvents({ queue, context, ...TERMS }, reached, real);
  const handed = real.handed.slice(before);
  for (const delivery of handed) {
    const { context, id, lease, n } = delivery;
    const answer = await context.ack(id, lease, { reply: n }, queue);
    expectEqual(answer, 'ok', `the last ack of ${n}`);
    const ack = { verb: 'ack', ms: 0, fails: false, postpones: false } as const;
    const e = eventOf(delivery, reached);
    [, reached.model] = settle(reached.model, e, lease, ack);
  }
  // What was buried may have let others go.
  const isBuried = deadIn(reached.model, queue) > dead;
  const isCut = handed.length === 0 && !isBuried && (await cutCircle(queue, reached, real));
  if (
    handed.length > 0 ||
    isReleased ||
    isBuried ||
    isCut ||
    blockedIn(reached.model, queue).length > 0
  )
    return true;
  // A context takes over a lapsed lease of another one a little later.
  if (of(reached.model, queue).some((e) => isLapsed(reached.model, e))) {
    await nextTask();
    return true;
  }
  const { ready, leased, scheduled } = stats(reached.model, queue);
  const none = { ready: 0, leased: 0, scheduled: 0 };
  // The keys of groups cannot be released.
  if (!queue.includes('@')) expectEqual({ ready, leased, scheduled }, none, `left in ${queue}`);
  return false;
}

const deadIn = (m: Model, queue: string) => inState(m, queue, 'dead').length;

/** Cancels an event that waits for another one. Where nothing else is left to deliver, events wait for each other in a circle. */
async function cutCircle(queue: string, reached: Reached, real: Real): Promise<boolean> {
  follow(reached, real);
  const left = of(reached.model, queue).filter(({ state }) => state !== 'dead');
  const held = left.find(({ after, outcome }) => after !== undefined && !outcome);
  if (!held || dueIn(reached.model, queue).length > 0) return false;
  const answer = await (real.contexts[0] as Backend).cancel(queue, held.id);
  expectEqual(answer, 'ok', `the cancel of ${held.n}, which is in a circle`);
  [, reached.model] = cancel(reached.model, held);
  return true;
}

function blockedIn({ blocked }: Model, queue: string): readonly string[] {
  return queue.includes('@') ? [] : blocked.filter((line) => line.startsWith(`${queue} `));
}

async function releaseAll(queue: string, reached: Reached, real: Real): Promise<boolean> {
  const lines = blockedIn(reached.model, queue);
  for (const line of lines) {
    await (real.contexts[0] as Backend).releaseKey(queue, line.slice(queue.length + 1));
    [, reached.model] = release(reached.model, line);
  }
  return lines.length > 0;
}
