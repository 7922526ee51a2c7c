import { nextDelayMs } from './backoff.ts';
import type { Handout } from './delivery.ts';
import { describeFailure, textOf } from './describe-failure.ts';
import { isBranded } from './errors.ts';
import type { HandlerPort } from './handler-port.ts';
import { checkWholeNumber, type ResolvedSettings } from './options.ts';
import { partOf } from './part-of.ts';
import { type Answer, whenAnswered } from './settler.ts';
import { MAX_NOTE_LENGTH } from './settling-options.ts';

/** What becomes of an event whose handler threw `error`: rejected, or delivered again after a delay. */
export function giveBack<A extends Answer>(
  handout: Handout<A>,
  error: unknown,
  settings: ResolvedSettings,
  port: HandlerPort,
): A {
  const { channel, eventId, attempts } = handout.message;
  const failure = describeFailure(error);
  if (isBranded(error, 'RejectError') && port.capabilities.reject) {
    const reason = textOf(error as object, 'message', MAX_NOTE_LENGTH);
    return handout.settle('reject', { reason, error: failure });
  }
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
  if (isBranded(error, 'RetryError')) {
    try {
      return checkWholeNumber('RetryError.delayMs', partOf(error, 'delayMs'), 0);
    } catch (fault) {
      port.report({ type: 'fault', during: 'settle', channel, error: fault });
    }
  }
  return nextDelayMs(attempts, settings, () => port.runtime.random());
}
