import { ignore } from './ignore.ts';
import { isPromiseLike } from './is-promise-like.ts';
import type { DeadReason, Lease, Settlement } from './message.ts';

/** Something that happened. Carries no payload and no metadata. */
export type ObserverEvent =
  | { readonly type: 'published'; readonly channel: string; readonly eventId: string }
  | {
      readonly type: 'claimed';
      readonly channel: string;
      readonly eventId: string;
      readonly attempts: number;
    }
  | {
      readonly type: 'settled';
      readonly channel: string;
      readonly eventId: string;
      readonly verb: 'ack' | 'nack' | 'reject' | 'extend';
      readonly settlement: Settlement;
    }
  /** A delivery lost its lease before it was settled. */
  | {
      readonly type: 'lease-lost';
      readonly channel: string;
      readonly eventId: string;
      /** Absent where the backend has no leases. */
      readonly lease?: Lease | undefined;
    }
  | {
      readonly type: 'handler-error';
      readonly channel: string;
      readonly eventId: string;
      readonly attempts: number;
      /** Deliveries after which the event is a dead letter. Absent where the backend does not count. */
      readonly maxAttempts?: number | undefined;
      /**
       * Milliseconds until the next attempt; null: there is none, the event becomes a dead letter. Absent where the handler
       * has settled the event itself.
       */
      readonly delayMs?: number | null | undefined;
      readonly error: unknown;
    }
  | {
      readonly type: 'retry-scheduled';
      readonly channel: string;
      readonly eventId: string;
      readonly attempts: number;
      readonly delayMs: number;
    }
  | {
      readonly type: 'dead-lettered';
      readonly channel: string;
      readonly eventId: string;
      readonly reason: DeadReason;
      /** Deliveries of the event. Absent where the backend does not tell. */
      readonly attempts?: number | undefined;
    }
  /** A channel had more dead letters than `maxDeadLetters`: the `count` oldest are gone for good. */
  | { readonly type: 'dead-letters-dropped'; readonly channel: string; readonly count: number }
  /** A fault that no caller was there to receive: the work goes on, and is tried again. */
  | {
      readonly type: 'fault';
      readonly during: 'dequeue' | 'settle' | 'extend' | 'clean-up' | 'resume';
      readonly channel: string;
      readonly error: unknown;
    }
  /** A listener ended without having been stopped: its backend was shut down, by `backend.shutdown()` or for the reason in `error`. */
  | { readonly type: 'listener-closed'; readonly channel: string; readonly error: unknown }
  /** A `stop()`, `drain()` or `shutdown()` has waited for this handler for `waitedMs` milliseconds. Told once a wait. */
  | {
      readonly type: 'waiting-for-handler';
      readonly channel: string;
      readonly eventId: string;
      readonly waitedMs: number;
    }
  /** The site's data was cleared under a running backend: an empty database took the place of what was stored. */
  | { readonly type: 'storage-reset' }
  /** The context may not store anything: its events are kept in memory, as `fallback: 'memory'` asks. */
  | { readonly type: 'storage-fallback'; readonly error: unknown }
  /** A stored row that could not be used was put aside; see `quarantined` of the backend. */
  | {
      readonly type: 'row-quarantined';
      readonly channel: string;
      readonly store: string;
      readonly reason: 'malformed' | 'newer-version' | 'payload-missing';
    }
  /** Events that other contexts published did not arrive here, and cannot be had any more. */
  | {
      readonly type: 'events-missed';
      readonly channel: string;
      readonly count: number;
      /** They were nowhere to be had again; or they found no room here, see `maxBacklogEvents` and `maxBacklogBytes`. */
      readonly reason: 'unrepaired' | 'backlog-full';
    }
  /** A message between contexts that is foreign, malformed, too large, of an unknown version, or answers nothing. */
  | { readonly type: 'message-ignored'; readonly reason: string }
  /** A message on the hint channel that is not one of ours. */
  | { readonly type: 'hint-ignored'; readonly reason: string };

/** Receives what happens. What it throws or rejects with is dropped: it cannot break the channel. */
export type Observer = (event: ObserverEvent) => unknown;

/** An observer, of these events or of others, that may be called anywhere: it never throws and never leaves a rejection unhandled. */
export function safeObserver<Event = ObserverEvent>(
  observer: (event: Event) => unknown,
): (event: Event) => void {
  return (event) => {
    try {
      const answer = observer(event);
      // The observer's own failure has nobody to go to: it is the one who is told of failures.
      if (isPromiseLike(answer)) answer.then(ignore, ignore);
    } catch {
      // As above.
    }
  };
}
