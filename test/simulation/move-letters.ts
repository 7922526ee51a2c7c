import type { EventChannel } from 'ackline';
import { type ConsumerParts, refusedOutcome, type SimulatedQueue } from './simulated-consumer.ts';

/** The most dead letters that one call selects. */
const MOST_LETTERS = 100;

/**
 * Puts some dead letters of a queue back, or deletes them, and records each of them. Other contexts may do so with the same
 * letters at the same time.
 */
export async function moveLetters(
  { context, recorder, plan }: ConsumerParts,
  events: EventChannel,
  { channel, group }: SimulatedQueue,
): Promise<void> {
  const { random } = context.world;
  const letters = await events.deadLetters(channel, { limit: MOST_LETTERS, group });
  const chosen = letters.filter(() => random.chance(0.7));
  const operation = random.chance(0.7) ? ('redrive' as const) : ('purge' as const);
  const ids = chosen.map(({ eventId }) => eventId);
  const selection = random.chance(0.5)
    ? { ids }
    : { filter: ({ eventId }: { eventId: string }) => ids.includes(eventId) };
  if (ids.length === 0) return;
  const named = { operation, channel, ...(group !== undefined && { group }) };
  const begun = chosen.map(({ payload }) => ({ ...named, eventId: String(payload) }));
  const outcomeOf = (count: number) => {
    if (count === ids.length) return 'ok' as const;
    // Of some letters it is unknown whether this call has taken them.
    return count === 0 ? refusedOutcome(plan) : ('unknown' as const);
  };
  await recorder.call(
    context,
    begun,
    () => events[operation](channel, { ...selection, group }),
    (count) => begun.map(() => ({ outcome: outcomeOf(count) })),
  );
}
