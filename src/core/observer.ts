import { ignore } from './ignore.ts';
import type { DeadReason, Settlement } from './message.ts';

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
  | { readonly type: 'lease-lost'; readonly channel: string; readonly eventId: string }
  | {
      readonly type: 'handler-error';
      readonly channel: string;
      readonly eventId: string;
      readonly attempts: number;
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
    }
  /** A fault that no caller was there to receive: the work goes on, and is tried again. */
  | {
      readonly type: 'fault';
      readonly during: 'dequeue' | 'settle' | 'extend' | 'clean-up';
      readonly channel: string;
      readonly error: unknown;
    }
  /** A message on the hint channel that is not one of ours. */
  | { readonly type: 'hint-ignored'; readonly reason: string };

/** Receives what happens. What it throws or rejects with is dropped: it cannot break the channel. */
export type Observer = (event: ObserverEvent) => unknown;

/** An observer that may be called anywhere: it never throws and never leaves a rejection unhandled. */
export function safeObserver(observer: Observer): (event: ObserverEvent) => void {
  return (event) => {
    try {
      const answer = observer(event);
      // The observer's own failure has nobody to go to: it is the one who is told of failures.
      if (answer instanceof Promise) answer.catch(ignore);
    } catch {
      // As above.
    }
  };
}
