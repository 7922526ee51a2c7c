import type { EventMessage } from '../core/events/message.ts';
import { consequenceOf } from '../core/listening/retry.ts';
import { describeFailure } from '../core/options/describe-failure.ts';
import { DEFAULT_SETTINGS } from '../core/options/options.ts';
import { queueName } from '../core/options/queue-name.ts';
import type { NackOptions, RejectOptions } from '../core/options/settling-arguments.ts';
import { isBranded } from '../core/reports/errors.ts';
import type { CodecParts } from './codec-parts.ts';
import { UNDECODABLE } from './decode-event.ts';

/** How an event is settled that does not decode. */
export interface Refusal {
  readonly verb: 'reject' | 'nack';
  readonly options: NackOptions & RejectOptions;
}

/** A `RetryError` postpones the event, as that of a handler does. Any other error makes it a dead letter. */
export function refusalOf(
  { capabilities, runtime, reports }: CodecParts,
  message: EventMessage,
  thrown: unknown,
): Refusal {
  const { name, message: said } = describeFailure(thrown);
  // Kept as plain text: what does not decode now must be listed with its reason.
  const error = describeFailure({ name: UNDECODABLE, message: `${name}: ${said}` });
  if (!isBranded(thrown, 'RetryError')) return { verb: 'reject', options: { error } };
  const port = { capabilities, runtime, report: reports.report };
  const handled = { channel: queueName(message), message };
  const { options } = consequenceOf(handled, thrown, DEFAULT_SETTINGS, port);
  return { verb: 'nack', options: { ...options, error } as Refusal['options'] };
}
