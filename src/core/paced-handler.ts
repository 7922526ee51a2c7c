import type { AsyncEventHandler } from './delivery.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import type { ResolvedSettings } from './options.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { Stop } from './runtime.ts';

/** Leases up to `limit` events of the listener's channel, and waits for the first of them for at most `waitMs`. */
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

/** What one listener does: it claims events of its source, and calls its handler for each. */
export interface ListenerWork {
  readonly handler: AsyncEventHandler;
  readonly settings: ResolvedSettings;
  readonly source: EventSource;
}

/**
 * A handler that decides when its listener claims. `inBatches` and `atRate` of `ackline/flow` make it. It is a function, so
 * that `listen` takes it as any other handler.
 */
export interface PacedHandler<Payload = unknown, Reply = unknown> {
  (...given: Parameters<AsyncEventHandler<Payload, Reply>>): unknown;
  /** Returns the work of one listener. It decorates the source and the handler of the work that it receives. */
  readonly pace: (work: ListenerWork, port: HandlerPort) => ListenerWork;
}
