import { nextDelayMs } from './backoff.ts';
import type { Handout } from './delivery.ts';
import { RejectError, RetryError } from './errors.ts';
import type { HandlerPort } from './handler-port.ts';
import type { Failure } from './message.ts';
import { checkWholeNumber, type ResolvedSettings, show } from './options.ts';
import { type Answer, whenAnswered } from './settler.ts';

/** What becomes of an event whose handler threw `error`: rejected, or delivered again after a delay. */
export function giveBack<A extends Answer>(
  handout: Handout<A>,
  error: unknown,
  settings: ResolvedSettings,
  port: HandlerPort,
): A {
  const { channel, eventId, attempts } = handout.message;
  const failure = describeError(error);
  if (error instanceof RejectError && port.capabilities.reject)
    return handout.settle('reject', { reason: error.message, error: failure });
  const delayMs = port.capabilities.delayMs
    ? delayAfter(error, handout.message, settings, port)
    : 0;
  return whenAnswered(handout.settle('nack', { delayMs, error: failure }), (settlement) => {
    if (settlement === 'ok' && attempts < settings.maxAttempts)
      port.report({ type: 'retry-scheduled', channel, eventId, attempts, delayMs });
  });
}

function delayAfter(
  error: unknown,
  { attempts, channel }: Handout<Answer>['message'],
  settings: ResolvedSettings,
  port: HandlerPort,
): number {
  if (error instanceof RetryError) {
    try {
      return checkWholeNumber('RetryError.delayMs', error.delayMs, 0);
    } catch (fault) {
      port.report({ type: 'fault', during: 'settle', channel, error: fault });
    }
  }
  return nextDelayMs(attempts, settings, () => port.runtime.random());
}

/** What of a thrown value is kept with the event. */
function describeError(error: unknown): Failure {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: typeof error, message: show(error) };
}
