import { describeFailure } from './describe-failure.ts';
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
    printError(`ackline: ${event.type} on ${event.channel}`, event.error);
  else if (WARNINGS.has(event.type)) console.warn(`ackline: ${event.type}`, event);
}

/** A console looks into an error as it prints it, and throws what a getter or a proxy within throws. */
function printError(text: string, error: unknown): void {
  try {
    console.error(text, error);
  } catch {
    console.error(text, describeFailure(error));
  }
}
