import type { ObserverEvent } from './observer.ts';

const WARNINGS: ReadonlySet<string> = new Set<ObserverEvent['type']>([
  'storage-fallback',
  'storage-reset',
  'dead-letters-dropped',
  'events-missed',
]);

/** For channels without an observer: what no caller can receive and nobody should miss goes to the console, the rest nowhere. */
export function defaultObserver(event: ObserverEvent): void {
  if (event.type === 'handler-error' || event.type === 'fault')
    console.error(`ackline: ${event.type} on ${event.channel}`, event.error);
  else if (WARNINGS.has(event.type)) console.warn(`ackline: ${event.type}`, event);
}
