import type { DeadReason } from '../../../core/events/death-reason.ts';
import { type Leased, settle } from '../../../core/events/lifecycle.ts';
import type { Settlement } from '../../../core/events/message.ts';
import { clockShift } from '../../../core/runtime/clock-shift.ts';
import type { SettleRequest } from '../../../queue/event-store.ts';
import { countHeld, type HeldEvent, positionKey, unpackSpans } from '../schema/held-spans.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { claimAt } from './clock-set-back.ts';
import type { Change } from './update-claim.ts';

/** The effect of a group of settlements on a claim. */
export interface SettlePlan {
  readonly changes: readonly Change[];
  readonly held: ReadonlyMap<string, HeldEvent>;
  /** The answer to each request. Undefined if the claim does not hold the event. */
  readonly answers: readonly (Settlement | undefined)[];
}

/** A claim as its context knows it, by event id. Immutable: each change of the claim makes a new state. */
export class ClaimState {
  readonly row: ClaimRow;
  readonly held: ReadonlyMap<string, HeldEvent>;

  constructor(row: ClaimRow, held: ReadonlyMap<string, HeldEvent>) {
    this.row = row;
    this.held = held;
  }

  /** The state of a claim row. `names` has the event ids by place. An event without an id there is named by its place. */
  static of(row: ClaimRow, names: ReadonlyMap<string, string>): ClaimState {
    const held = unpackSpans(row).map((event) => {
      const place = positionKey(event);
      return [names.get(place) ?? place, event] as const;
    });
    return new ClaimState(row, new Map(held));
  }

  /** The same claim with its times by a clock that shows `now`. */
  at(now: number): ClaimState {
    const shiftMs = clockShift(this.row.since, now);
    const row = { ...claimAt(this.row, now), since: now };
    if (shiftMs === 0) return new ClaimState(row, this.held);
    const held = [...this.held].map(([eventId, event]) => {
      return [eventId, { ...event, expiresAt: event.expiresAt + shiftMs }] as const;
    });
    return new ClaimState(row, new Map(held));
  }

  /** Applies the requests by the rules of the lifecycle, one after the other. */
  plan(requests: readonly SettleRequest[], now: number): SettlePlan {
    const held = new Map(this.held);
    const changes = new Map<string, Change>();
    const answers = requests.map(({ eventId, command }) => {
      const event = held.get(eventId);
      if (event === undefined) return undefined;
      const outcome = settle(leasedOf(this.row, event), command, now);
      if (outcome.state === 'leased')
        held.set(eventId, { ...event, expiresAt: outcome.leaseExpiresAt });
      else {
        held.delete(eventId);
        changes.set(eventId, { event, outcome });
      }
      return 'ok' as const;
    });
    return { changes: [...changes.values()], held, answers };
  }

  /** The claim after a plan was carried out. */
  next({ held }: SettlePlan, owner: string): ClaimState {
    const { row } = this;
    return new ClaimState({ ...row, owner, generation: row.generation + 1 }, held);
  }

  /** The claim as it is stored now, after another context has changed it. */
  refreshed(row: ClaimRow): ClaimState {
    // A claim never grows. Another program wrote a row that holds more events than before.
    const spread = countHeld(row) > this.held.size ? [] : unpackSpans(row);
    const left = new Map(spread.map((event) => [positionKey(event), event]));
    const held = new Map<string, HeldEvent>();
    for (const [eventId, before] of this.held) {
      const event = left.get(positionKey(before));
      if (event) held.set(eventId, event);
    }
    return new ClaimState(row, held);
  }
}

/** Requests that make dead letters of events of the claim that are not delivered. */
export function burialRequests(
  { row: { queue: channel, epoch: lease }, held }: ClaimState,
  buried: ReadonlyMap<string, DeadReason>,
): SettleRequest[] {
  return [...buried].map(([eventId, reason]) => {
    const command = { verb: 'bury', reason } as const;
    return { eventId, channel, lease, place: held.get(eventId), command };
  });
}

/** A held event in the form of core/events/lifecycle.ts. */
export function leasedOf(claim: ClaimRow, event: HeldEvent): Leased {
  return {
    attempts: event.attempts,
    availableAt: event.availableAt ?? 0,
    lastError: event.lastError ?? null,
    lease: claim.epoch,
    leaseExpiresAt: event.expiresAt,
    maxAttempts: claim.maxAttempts,
  };
}
