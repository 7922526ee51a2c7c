import { bury, type Death, type Leased, type Waiting } from '../../core/events/lifecycle.ts';
import { clockShift } from '../../core/runtime/clock-shift.ts';
import { isBlocked } from '../../queue/event-shapes.ts';
import type { NewEvent } from '../../queue/event-store.ts';

/** A published event and its state. */
export interface EventInState {
  /** It changes once at most: when the event that it waits for has ended. */
  event: NewEvent;
  /** Undefined until the first delivery: the state then follows from the published event. */
  state: Waiting | Leased | undefined;
  /** When the due time or the end of the lease was computed. Undefined for a due time that the publisher gave. */
  since: number | undefined;
}

/** The state of an event, also before its first delivery. */
export function stateOf({ state, event }: Pick<EventInState, 'state' | 'event'>): Waiting | Leased {
  const { createdAt, delayMs = 0, redriven, availableAt } = event;
  const since = redriven?.redrivenAt ?? createdAt;
  return state ?? { attempts: 0, availableAt: availableAt ?? since + delayMs, lastError: null };
}

export function leaseOf({ state }: Pick<EventInState, 'state' | 'event'>): Leased | undefined {
  return state && 'lease' in state ? state : undefined;
}

/** Whether an event that was not delivered yet is due at once. */
export function isDueAtOnce({ since, event }: EventInState): boolean {
  return since === undefined && event.availableAt === undefined;
}

/** The clock was set back: the due time or the end of the lease moves with it. */
export function follow(stored: EventInState, now: number): void {
  const shiftMs = clockShift(stored.since, now);
  if (shiftMs !== 0) stored.state = shifted(stateOf(stored), shiftMs);
  if (stored.since !== undefined) stored.since += shiftMs;
}

function shifted(state: Waiting | Leased, shiftMs: number): Waiting | Leased {
  if ('lease' in state) return { ...state, leaseExpiresAt: state.leaseExpiresAt + shiftMs };
  return { ...state, availableAt: state.availableAt + shiftMs };
}

/** The death of an event that is due, and is not delivered. */
export function deathOf(stored: EventInState, now: number): Death {
  return bury(stateOf(stored), isBlocked(stored.event) ? 'blocked' : 'expired', now);
}
