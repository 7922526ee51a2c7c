import type { ObserverEvent } from './observer.ts';

/** For channels without an observer: errors that no caller can receive go to the console, the rest nowhere. */
export function defaultObserver(event: ObserverEvent): void {
  if (event.type === 'handler-error' || event.type === 'fault')
    console.error(`ackline: ${event.type} on ${event.channel}`, event.error);
}
