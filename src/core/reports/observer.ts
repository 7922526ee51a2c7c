import type { DeadReason } from '../events/death-reason.ts';
import type { Lease, Settlement } from '../events/message.ts';
import { ignore } from '../runtime/ignore.ts';
import { isPromiseLike } from '../runtime/is-promise-like.ts';

/**
 * A report to an {@link Observer}. No report carries a payload or metadata. The `channel` of a report about a group is the name
 * of the group's queue, `channel@group`.
 */
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
      /** Absent if the backend has no leases. */
      readonly lease?: Lease | undefined;
    }
  | {
      readonly type: 'handler-error';
      readonly channel: string;
      readonly eventId: string;
      readonly attempts: number;
      /** Deliveries after which the event becomes a dead letter. Absent if the backend lacks the capability `maxAttempts`. */
      readonly maxAttempts?: number | undefined;
      /**
       * Milliseconds until the next attempt. Null if the event becomes a dead letter. Absent if the handler settled the event
       * itself.
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
      /** Deliveries of the event. Absent if the backend does not report it. */
      readonly attempts?: number | undefined;
    }
  /** A channel had more dead letters than `maxDeadLetters`. The `count` oldest were deleted. */
  | { readonly type: 'dead-letters-dropped'; readonly channel: string; readonly count: number }
  /** One step of a `redrive` or `purge` has put `count` dead letters back, or deleted them. */
  | {
      readonly type: 'redriven' | 'purged';
      readonly channel: string;
      readonly count: number;
    }
  /** A waiting event was cancelled, or a newer event of its key has replaced it. */
  | {
      readonly type: 'cancelled' | 'replaced';
      readonly channel: string;
      readonly eventId: string;
    }
  /** A fault that no caller receives. The work goes on and is tried again. */
  | {
      readonly type: 'fault';
      readonly during: 'dequeue' | 'settle' | 'extend' | 'clean-up' | 'resume';
      readonly channel: string;
      readonly error: unknown;
    }
  /** A listener ended because its backend was shut down or its group does not exist; `error` has the reason. */
  | { readonly type: 'listener-closed'; readonly channel: string; readonly error: unknown }
  /** A `stop()`, `drain()` or `shutdown()` has waited for this handler for `waitedMs` milliseconds. Reported once a wait. */
  | {
      readonly type: 'waiting-for-handler';
      readonly channel: string;
      readonly eventId: string;
      readonly waitedMs: number;
    }
  /** The site's data was cleared while the backend ran. All stored events are lost, and the database is empty. */
  | { readonly type: 'storage-reset' }
  /** The context may not store anything. Its events are kept in memory, because of the option `fallback: memoryFallback`. */
  | { readonly type: 'storage-fallback'; readonly error: unknown }
  /** A stored row that cannot be used was moved to quarantine; see `quarantined` of the backend. */
  | {
      readonly type: 'row-quarantined';
      readonly channel: string;
      readonly store: string;
      readonly reason: 'malformed' | 'newer-version' | 'payload-missing';
    }
  /** Events that other contexts published did not arrive in this context, and can no longer be requested. */
  | {
      readonly type: 'events-missed';
      readonly channel: string;
      readonly count: number;
      /** `unrepaired`: no context has them any more. `backlog-full`: see `maxBacklogEvents` and `maxBacklogBytes`. */
      readonly reason: 'unrepaired' | 'backlog-full';
    }
  /** A message of another context was ignored: foreign, malformed, too large, of an unknown version, or an unexpected answer. */
  | { readonly type: 'message-ignored'; readonly reason: string }
  /** A message on the hint channel was ignored, because it is not one of this library. */
  | { readonly type: 'hint-ignored'; readonly reason: string };

/**
 * Receives a report of each event in a channel's life. An error that it throws or rejects with is dropped, so an observer
 * cannot break the channel.
 */
export type Observer = (event: ObserverEvent) => unknown;

/** Wraps an observer, so that calling it never throws and never leaves a rejection unhandled. */
export function safeObserver<Event = ObserverEvent>(
  observer: (event: Event) => unknown,
): (event: Event) => void {
  return (event) => {
    try {
      const answer = observer(event);
      // Failures are reported to the observer, so its own failure has no receiver.
      if (isPromiseLike(answer)) answer.then(ignore, ignore);
    } catch {
      // As above.
    }
  };
}
