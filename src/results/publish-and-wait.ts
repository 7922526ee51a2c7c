import { requireCapability } from '../core/delivery/settler.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { FinalResult } from '../core/events/event-result.ts';
import type { PublishOptions } from '../core/events/message.ts';
import { checkOptions, checkWholeNumber } from '../core/options/options.ts';
import type { ChannelOf, PublishArguments, ReplyOf } from '../core/options/schema.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import { inspectedBackend } from '../inspection/inspectable.ts';
import { checkWaitOptions, type WaitForOptions, waitFor } from './wait-for.ts';

export interface PublishAndWaitOptions extends PublishOptions, WaitForOptions {
  /**
   * How long the result is kept after the event has ended, in milliseconds, from 1; default 300,000, five minutes. For so long a
   * page that was reloaded finds the result by `waitFor`.
   */
  readonly retentionMs?: number | undefined;
}

const DEFAULT_RETENTION_MS = 300_000;

/**
 * Publishes an event and resolves with its {@link FinalResult} when a consumer, in whichever context, has acknowledged it, or
 * when it has become a dead letter. It resolves in both cases: look at `state`. The reply is what the consumer gave to
 * `ack(reply)`. The value that a handler returns is no reply.
 *
 * When the page is closed or reloaded, the promise ends with it, and the event goes on. Publish with an `id` that the page knows
 * afterwards, and call `waitFor` with it. The wait begins when the event is stored. It ends after `timeoutMs` (default 30,000)
 * with `timeout`, whose `eventId` names the event, which stays published. Needs the capability `retentionMs`. Errors: those of
 * `publish`, which has stored nothing then, and those of `waitFor`, after the event was stored.
 *
 * @example
 * const result = await publishAndWait(events, 'order.placed', order, null, { id: cartId });
 * if (result.state === 'acknowledged') show(result.reply);
 * else if (result.state === 'dead') showFailure(result.reason, result.lastError);
 */
export async function publishAndWait<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Inputs> & ChannelOf<Schema>,
>(
  events: EventChannel<Schema, Replies, Inputs>,
  channel: C,
  ...[payload, metadata, options]: PublishArguments<Inputs[C], PublishAndWaitOptions>
): Promise<FinalResult<ReplyOf<Replies, C>>> {
  checkOptions(options);
  const { timeoutMs, signal, group, ...given }: PublishAndWaitOptions = options ?? {};
  const { retentionMs = DEFAULT_RETENTION_MS } = given;
  checkWholeNumber('retentionMs', retentionMs, 1);
  checkWaitOptions({ timeoutMs, signal });
  const backend = inspectedBackend(events);
  requireCapability(backend, 'retentionMs', 'publishAndWait');
  throwIfAborted(signal);
  const draft = [payload, metadata, { ...given, retentionMs }] as unknown as PublishArguments<
    Inputs[C],
    PublishOptions
  >;
  const eventId = await events.publish(channel, ...draft);
  const result = await waitFor(backend, channel, eventId, { timeoutMs, signal, group });
  return result as FinalResult<ReplyOf<Replies, C>>;
}
