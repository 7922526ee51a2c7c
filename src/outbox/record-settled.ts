import type { Delivery } from '../core/delivery/delivery.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { EventDraft } from '../core/events/message.ts';
import { refuse } from '../core/options/options.ts';
import { isBranded } from '../core/reports/errors.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { BatchOutcome, BatchSend, BatchSender } from './batch-sender.ts';
import { checkOutcome, type Sender, type SendOutcome } from './send-outcome.ts';
import { SETTLED_WINDOW_MS, type SettledEvent, settledChannel } from './settled-event.ts';

/** A channel of any schema is assignable to one without channels. */
type NoChannels = Record<never, never>;

/** The channel in which the outcomes are stored: that of the outbox. */
export type SettledChannel = EventChannel<NoChannels, NoChannels, NoChannels>;

/**
 * A sender that also stores how each event ended, for {@link onSettled}, before the event is acknowledged: as an event of the
 * channel `NAME.settled` of the same backend, with the payload. So an outcome survives a reload and a crash. A crash between
 * both sends the event again, under the same key, and stores no second outcome.
 *
 * If the outcome cannot be stored, the outbox is held back, and sends the event again later. Needs the capability `id`.
 *
 * @example
 * const send = recordSettled(events, httpSender<Order>({ url: '/orders' }));
 * const outbox = createOutbox({ events, channel: 'order.placed', send });
 */
export function recordSettled<Payload>(
  events: SettledChannel,
  send: Sender<Payload>,
): Sender<Payload>;
export function recordSettled<Payload>(
  events: SettledChannel,
  send: BatchSender<Payload>,
): BatchSender<Payload>;
export function recordSettled(
  events: SettledChannel,
  send: Sender | BatchSender,
): Sender | BatchSender {
  if (typeof events?.publishMany !== 'function') refuse('events', 'an EventChannel', events);
  const channel = events as unknown as EventChannel;
  if (typeof send === 'function') return recordingSender(channel, send);
  if (typeof send?.pace !== 'function') refuse('send', 'a function or a batch sender', send);
  const sendMany: BatchSend = async (deliveries, signal) => {
    const outcomes = (await send.send(deliveries, signal)) ?? deliveries.map(() => undefined);
    const given = outcomes.map((outcome): BatchOutcome => outcome ?? { result: 'done' });
    return recorded(channel, deliveries, given);
  };
  return {
    ...send,
    send: sendMany,
    pace: (work, port, requests) => send.pace(work, port, requests, sendMany),
  };
}

function recordingSender(events: EventChannel, send: Sender): Sender {
  return async (delivery, signal): Promise<SendOutcome> => {
    let outcome: SendOutcome;
    try {
      outcome = checkOutcome(await send(delivery, signal));
    } catch (error) {
      if (!isBranded(error, 'RejectError')) throw error;
      outcome = { result: 'reject', reason: String(partOf(error, 'message')), error };
    }
    const [kept = outcome] = await recorded(events, [delivery], [outcome]);
    return kept as SendOutcome;
  };
}

/** The outcomes. Those that cannot be stored are a `hold`. */
async function recorded(
  events: EventChannel,
  deliveries: readonly Delivery[],
  outcomes: readonly BatchOutcome[],
): Promise<readonly BatchOutcome[]> {
  const settled = deliveries.flatMap((delivery, at) => {
    const outcome = outcomes[at];
    if (outcome?.result === 'done') return [settledOf(delivery, 'done', null)];
    return outcome?.result === 'reject' ? [settledOf(delivery, 'rejected', outcome.reason)] : [];
  });
  try {
    await events.publishMany(settled);
    return outcomes;
  } catch (error) {
    return outcomes.map((outcome) =>
      outcome.result === 'done' || outcome.result === 'reject'
        ? { result: 'hold', error }
        : outcome,
    );
  }
}

/** The draft of an outcome. An event that was redriven has another outcome. */
export function settledOf(
  event: Pick<Delivery, 'channel' | 'eventId' | 'payload' | 'metadata' | 'redriven'>,
  result: SettledEvent['result'],
  note: string | null,
): EventDraft {
  const { channel, eventId, payload, metadata, redriven } = event;
  const settled: SettledEvent = { eventId, payload, metadata, result, note };
  // An id of 200 characters is the longest.
  const id = redriven ? `${redriven.count}:${eventId}`.slice(0, 200) : eventId;
  const options = { id, dedupeWindowMs: SETTLED_WINDOW_MS };
  return { channel: settledChannel(channel), payload: settled, options };
}
