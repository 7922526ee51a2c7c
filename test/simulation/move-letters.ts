import type { EventChannel } from 'ackline';
import type { ClientParts } from './simulated-client.ts';
import { refusedOutcome, type SimulatedQueue } from './simulated-consumer.ts';

/** The most dead letters that one call selects. */
const MOST_LETTERS = 100;

/**
 * Puts some dead letters of a queue back, or deletes them, and records each of them. Other contexts may do so with the same
 * letters at the same time.
 */
export async function moveLetters(
  { context, recorder, plan, names }: ClientParts,
  events: EventChannel,
  { channel, group }: SimulatedQueue,
): Promise<void> {
  const { random } = context.world;
  const letters = await events.deadLetters(channel, { limit: MOST_LETTERS, group });
  // A payload that did not decode does not name its event.
  const named = letters.flatMap(({ eventId, payload }) => {
    const name = names.get(eventId) ?? (plan.hasCodec ? undefined : String(payload));
    return name === undefined ? [] : [{ eventId, name }];
  });
  const chosen = named.filter(() => random.chance(0.7));
  const operation = random.chance(0.7) ? ('redrive' as const) : ('purge' as const);
  const ids = chosen.map(({ eventId }) => eventId);
  const selection = random.chance(0.5)
    ? { ids }
    : { filter: ({ eventId }: { eventId: string }) => ids.includes(eventId) };
  if (ids.length === 0) return;
  const known = { operation, channel, ...(group !== undefined && { group }) };
  const begun = chosen.map(({ name }) => ({ ...known, eventId: name }));
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
