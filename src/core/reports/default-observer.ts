import { describeFailure } from '../options/describe-failure.ts';
import type { ObserverEvent } from './observer.ts';

const WARNINGS: ReadonlySet<string> = new Set<ObserverEvent['type']>([
  'storage-fallback',
  'storage-reset',
  'dead-letters-dropped',
  'events-missed',
  'listener-closed',
  'waiting-for-handler',
]);

/** The observer of channels without one. It prints errors that no caller receives, dead letters and warnings to the console. */
export function defaultObserver(event: ObserverEvent): void {
  if (event.type === 'handler-error')
    printError(`ackline: handler-error on ${event.channel}, ${attemptOf(event)}`, event.error);
  else if (event.type === 'fault') printError(`ackline: fault on ${event.channel}`, event.error);
  else if (event.type === 'dead-lettered') console.warn(describeDeath(event));
  else if (WARNINGS.has(event.type)) console.warn(`ackline: ${event.type}`, event);
}

function attemptOf({
  eventId,
  attempts,
  maxAttempts,
  delayMs,
}: Extract<ObserverEvent, { type: 'handler-error' }>): string {
  const most = maxAttempts === undefined ? '' : ` of ${maxAttempts}`;
  const next = delayMs === null ? ', no further attempt' : `, next in ${delayMs} ms`;
  return `event ${eventId}, attempt ${attempts}${most}${delayMs === undefined ? '' : next}`;
}

function describeDeath({
  channel,
  eventId,
  attempts,
  reason,
}: Extract<ObserverEvent, { type: 'dead-lettered' }>): string {
  const after =
    attempts === undefined ? '' : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  return `ackline: dead letter on ${channel}, event ${eventId}${after}: ${reason}`;
}

/** `console.error` reads the properties of an error, and throws if a getter or a proxy among them throws. */
function printError(text: string, error: unknown): void {
  try {
    console.error(text, error);
  } catch {
    console.error(text, describeFailure(error));
  }
}
