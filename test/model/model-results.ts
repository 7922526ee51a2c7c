import type { EventResult } from 'ackline/results';
import type { Model, ModelEvent } from './model.ts';

/** How events have ended, and what that lets go: docs/results.md and docs/dependencies.md as pure functions. */

export interface Outcome {
  readonly state: EventResult['state'];
  readonly reply?: number | undefined;
  /** When it is no longer kept. */
  readonly until: number;
}

export function outcomeOf(m: Model, queue: string, id: string): Outcome {
  const kept = m.results[`${queue} ${id}`];
  return kept && kept.until > m.now ? kept : { state: 'unknown', until: Number.POSITIVE_INFINITY };
}

/** The event is stored, or has ended. */
export function note(m: Model, e: ModelEvent, state: Outcome['state'], reply?: number): Model {
  if (!e.retentionMs) return m;
  const until = state === 'pending' ? Number.POSITIVE_INFINITY : m.now + e.retentionMs;
  return { ...m, results: { ...m.results, [`${e.queue} ${e.id}`]: { state, reply, until } } };
}

/** Gives the outcome to each event of the queue, or of all, that waits for one which has ended. */
export function letGo(m: Model, queue?: string): Model {
  const events = m.events.map((e) => {
    if (e.after === undefined || e.state !== 'waiting' || e.outcome) return e;
    if (queue !== undefined && e.queue !== queue) return e;
    const outcome = outcomeOf(m, e.queue, e.after);
    return outcome.state === 'pending' ? e : { ...e, outcome };
  });
  return { ...m, events };
}

/** Whether the event becomes a dead letter because the one before it was not acknowledged. */
export const isBlocked = ({ after, blocks, outcome }: ModelEvent) =>
  after !== undefined && blocks === true && outcome?.state !== 'acknowledged';
