import type { ListenOptions } from '../core/channel-options.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { DeadLetter } from '../core/events/message.ts';
import type { Listener } from '../core/listening/listener.ts';
import { refuse, requireOptions } from '../core/options/options.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import type { AsyncEventBackend } from '../core/protocols/protocols.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import { defaultObserver } from '../core/reports/default-observer.ts';
import { codeOf } from '../core/reports/errors.ts';
import { settledOf } from './record-settled.ts';
import { type SettledEvent, settledChannel } from './settled-event.ts';

/** What a page does when an event of an outbox has ended. */
export interface SettledHandlers<Payload> {
  /** The server has the event. */
  readonly commit?: ((event: SettledEvent<Payload>) => unknown) | undefined;
  /** The event is a dead letter: undo what the page has shown for it. */
  readonly rollback?: ((event: SettledEvent<Payload>) => unknown) | undefined;
}

/** Dead letters of one read. */
const PAGE = 100;

/**
 * Calls `commit` or `rollback` for each event of a channel that an outbox with `recordSettled` has ended: also for those that
 * ended while no page was open, or before a reload, because the outcomes wait in the backend. Register it at each start under
 * the name of the channel. Each outcome is delivered to one context, and again if the function throws or the page is closed
 * before it has returned: at least once, as in `listen`.
 *
 * A dead letter that no sender has refused (`attempts-exhausted`, `expired`, `dropped`) is found at the start, and when it dies in
 * this context. Needs the capabilities `id` and `deadLetters`. Errors: `TypeError` for handlers that are no functions.
 *
 * @example
 * onSettled(events, 'order.placed', {
 *   commit: ({ payload }) => orders.confirm(payload.id),
 *   rollback: ({ payload, note }) => orders.remove(payload.id, note),
 * });
 */
export function onSettled<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Schema>,
>(
  events: EventChannel<Schema, Replies, Inputs>,
  channel: C,
  handlers: SettledHandlers<Schema[C]>,
  options: ListenOptions = {},
): Listener {
  if (typeof events?.listen !== 'function') refuse('events', 'an EventChannel', events);
  requireOptions(handlers, 'handlers');
  const { commit, rollback } = handlers as SettledHandlers<unknown>;
  for (const [name, handler] of Object.entries({ commit, rollback }))
    if (handler !== undefined && typeof handler !== 'function') refuse(name, 'a function', handler);
  const any = events as unknown as EventChannel;
  const handler = ({ payload }: { readonly payload: unknown }) => {
    const settled = payload as SettledEvent;
    return settled.result === 'done' ? commit?.(settled) : rollback?.(settled);
  };
  const listener = any.listen(settledChannel(channel), handler, options);
  const stopWatching = watchDeadLetters(any, channel);
  void listener.closed.then(stopWatching);
  return listener;
}

/** Stores an outcome for each dead letter, now and after each death in this context. */
function watchDeadLetters(events: EventChannel, channel: string): () => void {
  const backend = backendOf(events) as AsyncEventBackend | undefined;
  let running = settleLetters(events, channel);
  const stop = backend?.observe?.((event) => {
    if (event.type !== 'dead-lettered' || event.channel !== channel) return;
    running = running.then(() => settleLetters(events, channel));
  });
  return () => stop?.();
}

/** Never rejects. Letters that cannot be read or stored now are found at the next start. */
async function settleLetters(events: EventChannel, channel: string): Promise<void> {
  try {
    let after: string | undefined;
    do {
      const letters: DeadLetter[] = await events.deadLetters(channel, {
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      await events.publishMany(
        letters.map((letter) => settledOf(letter, letter.reason, letter.note)),
      );
      after = letters.length === PAGE ? letters.at(-1)?.cursor : undefined;
    } while (after !== undefined);
  } catch (error) {
    if (codeOf(error) !== 'closed')
      defaultObserver({ type: 'fault', during: 'resume', channel, error });
  }
}
