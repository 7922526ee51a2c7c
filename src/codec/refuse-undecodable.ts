import { describeFailure } from '../core/describe-failure.ts';
import { isBranded } from '../core/errors.ts';
import type { EventMessage } from '../core/message.ts';
import { DEFAULT_SETTINGS } from '../core/options.ts';
import { queueName } from '../core/queue-name.ts';
import { consequenceOf } from '../core/retry.ts';
import type { NackOptions, RejectOptions } from '../core/settling-arguments.ts';
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
