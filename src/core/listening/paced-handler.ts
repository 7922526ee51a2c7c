import type { AsyncEventHandler, Delivery } from '../delivery/delivery.ts';
import type { ResolvedSettings } from '../options/options.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { Stop } from '../runtime/runtime.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';

/**
 * Leases up to `limit` events of the listener's channel, and waits for the first of them for at most `waitMs`, which is 0
 * while the listener drains. When `signal` aborts, the message of its reason is the status of the listener: `running` for a
 * drain.
 */
export type ClaimEvents = (
  limit: number,
  waitMs: number,
  settings: ResolvedSettings,
  signal: PlatformAbortSignal,
) => Promise<LeasedDelivery[]>;

/** Where a listener's events come from. */
export interface EventSource {
  readonly claim: ClaimEvents;
  /** The listener claims nothing more. May be called twice. */
  readonly leave: Stop;
}

/** Limits how many deliveries start, see `atRate`. */
export interface StartLimit {
  /** The most deliveries that may start at the same time. */
  readonly most: number;
  /** A handler that keeps a delivery until it starts, as one of `inBatches` does, calls this when it starts. */
  readonly onStart: (delivery: Delivery) => void;
}

/** What one listener does: it claims events of its source, and calls its handler for each. */
export interface ListenerWork {
  readonly handler: AsyncEventHandler;
  readonly settings: ResolvedSettings;
  readonly source: EventSource;
  /** Given to a paced handler within `atRate`. */
  readonly startLimit?: StartLimit | undefined;
}

/** A handler that decides when its listener claims. `inBatches` and `atRate` of `ackline/flow` make it; pass it to `listen`. */
export interface PacedHandler<Payload = unknown, Reply = unknown> {
  (delivery: Delivery<Payload, Reply>): never;
  /** Returns the work of one listener: it decorates the source and the handler that it receives. */
  readonly pace: (work: ListenerWork, port: HandlerPort) => ListenerWork;
}
