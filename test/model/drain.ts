import { expectEqual } from '../../src/testing/conformance/expect.ts';
import { claimEvents } from './claim-commands.ts';
import { type Model, settle } from './model.ts';
import { release, stats } from './model-verbs.ts';
import { type Backend, CHANNELS, eventOf, follow, type Reached, type Real } from './reached.ts';

const TERMS = { context: 0, limit: 3, leaseMs: 30_000, maxAttempts: 25 };
/** Longer than every delay, lease and time between two checks. */
const LONG_MS = 100_000;

/** Lets time pass and acknowledges every event of every queue: what was published was delivered, or is a dead letter. */
export async function drain(reached: Reached, real: Real): Promise<void> {
  await real.runtime.advance(LONG_MS);
  follow(reached, real);
  for (const queue of [...CHANNELS, ...reached.model.groups])
    while (await drainSome(queue, reached, real));
}

/** Resolves with whether there may be more. */
async function drainSome(queue: string, reached: Reached, real: Real): Promise<boolean> {
  const before = real.handed.length;
  follow(reached, real);
  const isReleased = await releaseAll(queue, reached, real);
  await claimEvents({ queue, ...TERMS }, reached, real);
  const handed = real.handed.slice(before);
  for (const delivery of handed) {
    const answer = await delivery.context.ack(delivery.id, delivery.lease, undefined, queue);
    expectEqual(answer, 'ok', `the last ack of ${delivery.n}`);
    const ack = { verb: 'ack', ms: 0, fails: false, postpones: false } as const;
    const e = eventOf(delivery, reached);
    [, reached.model] = settle(reached.model, e, delivery.lease, ack);
  }
  if (handed.length > 0 || isReleased || blockedIn(reached.model, queue).length > 0) return true;
  const { ready, leased, scheduled } = stats(reached.model, queue);
  const none = { ready: 0, leased: 0, scheduled: 0 };
  // The keys of groups cannot be released.
  if (!queue.includes('@')) expectEqual({ ready, leased, scheduled }, none, `left in ${queue}`);
  return false;
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
