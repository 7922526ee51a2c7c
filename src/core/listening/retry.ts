import type { DeliveryHandle } from '../delivery/delivery.ts';
import { type Answer, whenAnswered } from '../delivery/settler.ts';
import { describeFailure, textOf } from '../options/describe-failure.ts';
import { checkWholeNumber, type ResolvedSettings } from '../options/options.ts';
import type { NackOptions, RejectOptions } from '../options/settling-arguments.ts';
import { MAX_NOTE_LENGTH } from '../options/settling-options.ts';
import { AcklineError, codeOf, isBranded } from '../reports/errors.ts';
import { nextDelayMs } from '../runtime/backoff.ts';
import { partOf } from '../runtime/part-of.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';

/** From this attempt on a retry delay is at least 1 ms. Otherwise an event that always fails would block the thread. */
const ATTEMPTS_AT_ONCE = 25;

/** How an event is settled after its handler failed. */
export type Consequence =
  | { readonly verb: 'reject'; readonly options: RejectOptions }
  | {
      readonly verb: 'nack';
      readonly options: NackOptions & { readonly delayMs: number };
      /** Whether the event has attempts left. If not, the nack makes it a dead letter. */
      readonly isRetried: boolean;
    };

/** Reports that a handler threw `error`, with the delay until the next attempt. */
export function reportHandlerError(
  { channel, message: { eventId, attempts } }: Pick<DeliveryHandle<Answer>, 'channel' | 'message'>,
  error: unknown,
  { maxAttempts }: ResolvedSettings,
  port: HandlerPort,
  consequence: Consequence | undefined,
): void {
  port.report({
    type: 'handler-error',
    channel,
    eventId,
    attempts,
    ...(port.capabilities.maxAttempts && { maxAttempts }),
    ...(consequence && { delayMs: delayOf(consequence) }),
    error,
  });
}

function delayOf(consequence: Consequence): number | null {
  const isRetried = consequence.verb === 'nack' && consequence.isRetried;
  return isRetried ? consequence.options.delayMs : null;
}

/** Chooses between a dead letter and a retry with its delay, by the error that the handler threw. */
export function consequenceOf(
  { channel, message: { attempts } }: Pick<DeliveryHandle<Answer>, 'channel' | 'message'>,
  thrown: unknown,
  settings: ResolvedSettings,
  port: HandlerPort,
): Consequence {
  const { capabilities } = port;
  const error = describeFailure(thrown);
  if (isBranded(thrown, 'RejectError') && capabilities.reject) {
    const reason = textOf(thrown as object, 'message', MAX_NOTE_LENGTH);
    return { verb: 'reject', options: { reason, error } };
  }
  const isRetry = isBranded(thrown, 'RetryError');
  const isPostponed = isRetry && partOf(thrown, 'countsAsAttempt') === false;
  const isOffline = isRetry && capabilities.offline && partOf(thrown, 'reason') === 'offline';
  const countsAsAttempt = !isPostponed || !capabilities.countsAsAttempt;
  if (isPostponed && countsAsAttempt) reportUncountable(channel, port);
  const leastMs = countsAsAttempt && attempts < ATTEMPTS_AT_ONCE ? 0 : 1;
  const delayMs = capabilities.delayMs
    ? Math.max(leastMs, delayAfter(thrown, attempts, channel, settings, port))
    : 0;
  const options = {
    delayMs,
    error,
    ...((isOffline || !countsAsAttempt) && { countsAsAttempt }),
    ...(isOffline && { reason: 'offline' as const }),
  };
  const isLast = capabilities.maxAttempts && attempts >= settings.maxAttempts;
  return { verb: 'nack', options, isRetried: !isLast || !countsAsAttempt };
}

/** Settles an event as {@link consequenceOf} chose, and reports a retry. */
export function settleByConsequence<A extends Answer>(
  handle: DeliveryHandle<A>,
  consequence: Consequence,
  port: HandlerPort,
): A {
  const { channel, eventId } = handle;
  const { attempts } = handle.message;
  if (consequence.verb === 'reject') return handle.settle('reject', consequence.options);
  const { options, isRetried } = consequence;
  return whenAnswered(handle.settle('nack', options), (settlement) => {
    const { delayMs } = options;
    if (settlement === 'ok' && isRetried)
      port.report({ type: 'retry-scheduled', channel, eventId, attempts, delayMs });
  });
}

/**
 * Nacks events that no handler and no caller has received. The attempt does not count if the backend has the capability
 * `countsAsAttempt`. Never rejects: if a nack fails, the lease expires.
 */
export async function releaseUnseen(
  handles: readonly LeasedDelivery[],
  port: HandlerPort,
): Promise<void> {
  const options = port.capabilities.countsAsAttempt ? { countsAsAttempt: false } : undefined;
  const returned = handles.map(async (handle) => {
    try {
      await handle.settle('nack', options);
    } catch (error) {
      // A backend that is shut down releases its leases itself.
      if (codeOf(error) !== 'closed') reportUnsettled(handle, error, port);
    }
  });
  await Promise.all(returned);
}

/** Reports a fault of a settlement that no caller awaits. */
export function reportUnsettled(
  { channel }: { readonly channel: string },
  error: unknown,
  { report }: HandlerPort,
): void {
  report({ type: 'fault', during: 'settle', channel, error });
}

function reportUncountable(channel: string, port: HandlerPort): void {
  const error = new AcklineError(
    'unsupported',
    'countsAsAttempt needs the capability countsAsAttempt, which the backend lacks: the attempt counts',
    { channel },
  );
  reportUnsettled({ channel }, error, port);
}

function delayAfter(
  error: unknown,
  attempts: number,
  channel: string,
  settings: ResolvedSettings,
  port: HandlerPort,
): number {
  if (isBranded(error, 'RetryError')) {
    try {
      return checkWholeNumber('RetryError.delayMs', partOf(error, 'delayMs'), 0);
    } catch (fault) {
      reportUnsettled({ channel }, fault, port);
    }
  }
  return nextDelayMs(attempts, settings, () => port.runtime.random());
}
