import type { Delivery } from '../core/delivery/delivery.ts';
import type { ClaimEvents } from '../core/listening/paced-handler.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { SendOutcome } from './send-outcome.ts';

/** One request of an outbox, from its start to its end. */
export interface RunningRequest {
  /** Aborts when the gate ends the request. */
  readonly cut: PlatformAbortSignal;
  /** Authorizations that had been renewed when it started. */
  readonly renewalCount: number;
  /** Whether an event of this request has widened the gate. */
  hasWidened: boolean;
}

/** What a batch sender needs of the dispatcher of its outbox. */
export interface RequestPort {
  readonly claim: ClaimEvents;
  readonly gate: { readonly failures: number; ended(): void };
  /** A request starts. `gate.ended` ends it. */
  begin(): RunningRequest;
  /** Returns if the event is sent, and throws what the listener settles it by otherwise. */
  conclude(delivery: Delivery, outcome: SendOutcome, request: RunningRequest): Promise<void>;
}
