import { checkName } from '../core/admission.ts';
import type { EventResult } from '../core/events/event-result.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { checkOptions } from '../core/options/options.ts';
import { checkGroupName, type GroupOptions, queueName } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { isAsyncEventBackend } from '../core/protocols/protocols.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { AnswerOf, Inspectable, SchemaOf } from '../inspection/inspectable.ts';
import { inspectedBackend } from '../inspection/inspectable.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import { resultsSourceOf } from './results-source.ts';

export type ResultOfOptions = GroupOptions;

/** The queue that a call concerns. Throws a `TypeError` for names that are none. */
export function checkedQueue(
  channel: string,
  eventId: string,
  options: GroupOptions | undefined,
): string {
  checkChannelName(channel);
  checkName('eventId', eventId);
  checkOptions(options);
  const { group } = options ?? {};
  if (group !== undefined) checkGroupName(group);
  return queueName({ channel, group });
}

/**
 * Reads the result of an event once, without waiting: it may be `pending`. The event must have been published with a
 * `retentionMs`, or by `publishAndWait`; the result is `unknown` otherwise. With `group` it is the result of the copy of that
 * group. Needs the capability `retentionMs`. Errors: `unsupported`; `closed`; `no-group`; those of the storage.
 *
 * @example
 * const { state } = await resultOf(events, 'order.placed', eventId);
 */
export function resultOf<Target extends Inspectable>(
  target: Target,
  channel: ChannelOf<SchemaOf<Target>>,
  eventId: string,
  options?: ResultOfOptions,
): AnswerOf<Target, EventResult> {
  const backend = inspectedBackend(target);
  const read = (): MaybePromise<EventResult> => {
    const queue = checkedQueue(channel, eventId, options);
    const source = resultsSourceOf(backend, 'resultOf');
    const results = isPromiseLike(source)
      ? source.then((opened) => opened.read(queue, [eventId]))
      : source.read(queue, [eventId]);
    return isPromiseLike(results) ? results.then(onlyOne) : onlyOne(results);
  };
  const result = isAsyncEventBackend(backend) ? (async () => read())() : read();
  return result as AnswerOf<Target, EventResult>;
}

function onlyOne([result]: readonly EventResult[]): EventResult {
  return result as EventResult;
}
