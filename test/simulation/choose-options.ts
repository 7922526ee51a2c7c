import type { PublishOptions } from 'ackline';
import type { ClientParts } from './simulated-client.ts';

/** Longer than any run. */
export const RETENTION_MS = 3_600_000;

/** The options of one publish. A clock that jumps back may move a given time very far ahead. */
export function chooseOptions(
  { context, hasJumps, backend, plan, keptEvents }: ClientParts,
  channel: string,
): PublishOptions {
  const { random } = context.world;
  const delayMs = random.whole(1, 1_500);
  const isDelayed = random.chance(0.2);
  const isAbsolute = !hasJumps && random.chance(0.3);
  const availableAt = context.runtime.now() + delayMs;
  // The order of a key and a priority exclude each other.
  const isKeyed = random.chance(0.4);
  const kept = backend.capabilities?.after
    ? keptEvents.filter((one) => one.channel === channel)
    : [];
  const after = isKeyed || !random.chance(0.4) ? undefined : kept.at(-random.whole(1, 4))?.id;
  return {
    ...(isDelayed && (isAbsolute ? { availableAt } : { delayMs })),
    ...(random.chance(0.15) && { ttlMs: random.whole(1, 2_500) }),
    ...(isKeyed && {
      key: random.pick(['k', 'l']),
      onDeadLetter: random.pick(['continue', 'block'] as const),
      ...(backend.capabilities?.replace && random.chance(0.3) && { replaces: 'waiting' }),
    }),
    ...(backend.capabilities?.retentionMs && random.chance(0.3) && { retentionMs: RETENTION_MS }),
    ...(plan.retentionMs > 0 &&
      backend.capabilities?.retentionMs &&
      random.chance(0.4) && { retentionMs: plan.retentionMs }),
    ...(after !== undefined && {
      after,
      onDeadLetter: random.pick(['continue', 'block'] as const),
    }),
    ...(backend.capabilities?.priority &&
      !isKeyed &&
      random.chance(0.3) && { priority: random.pick([-100, -1, 0, 1, 100]) }),
  };
}
