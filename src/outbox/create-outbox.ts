import type { EventChannel } from '../core/event-channel.ts';
import type { ChannelStats } from '../core/events/message.ts';
import type { HandlerPort } from '../core/listening/handler-port.ts';
import type { Listener, StopOptions } from '../core/listening/listener.ts';
import {
  checkOptions,
  checkSignal,
  type ResolvedSettings,
  refuse,
} from '../core/options/options.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { codeOf } from '../core/reports/errors.ts';
import { holdFor } from '../core/runtime/hold.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import { Tagged } from '../core/runtime/tagged.ts';
import { pacedHandler } from '../flow/pace-work.ts';
import type { Connectivity } from './connectivity.ts';
import { Dispatcher } from './dispatcher.ts';
import { checkOutboxOptions, type OutboxOptions } from './outbox-options.ts';
import { type CountsStore, OutboxStore, type OutboxView } from './outbox-store.ts';

/** Events that wait on this device for a server, and what sends them. `createOutbox` makes it. */
export interface Outbox {
  readonly channel: string;
  /** Resolves when the outbox has stopped, after `stop()` or because its channel was shut down. Never rejects. */
  readonly closed: Promise<void>;
  /**
   * Sends nothing until `resume()`. Requests that run end by themselves. Default reason: `'paused'`. Errors: `TypeError` for
   * a reason that is not a string.
   */
  pause(reason?: string): void;
  /** Ends a pause, also one because of a 401 or 403. */
  resume(): void;
  /**
   * Sends now what waits for a back-off or for the time that the server asked for, and makes due at once what failed. Without
   * a network, or during a pause, nothing is sent. Resolves when the events are due, before they are sent.
   */
  flush(): Promise<void>;
  /**
   * {@link flush}, and then sends what can be sent now. Resolves with the number of events of the channel that are left, in any
   * context: held back, failed and waiting, or sent by another context. Also drains the other listeners of the channel's client.
   * Needs the capability `stats`. Rejects with the reason of `signal`. For a service worker, see `handleSync`.
   */
  drain(options?: { readonly signal?: PlatformAbortSignal | undefined }): Promise<number>;
  /** The state and the counts, as a store that a page can show. */
  watch(): OutboxView;
  /**
   * Resolves when no event of the channel waits or is sent, in any context: each is sent, or a dead letter. Waits for as long as
   * the outbox is paused or offline. Needs the capability `stats`. Rejects with the reason of `signal`.
   *
   * @example
   * await outbox.whenIdle(); // the page's own writes have gone out: refetch now
   */
  whenIdle(options?: { readonly signal?: PlatformAbortSignal | undefined }): Promise<void>;
  /** Stops sending, as `Listener.stop` does. The events stay in the channel. */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Sends the events of a channel to a server, one request each unless `send` takes batches, from as many contexts as open an outbox. Each context sends
 * only what it leases, so two contexts never send one event at the same time while the lease of the first is valid.
 *
 * It starts with one request and widens by one with each success, to at most `maxConcurrency`. An answer that concerns the
 * whole host, such as 429 or 503, holds back all events and uses up no attempt. Without a network nothing is claimed. A
 * request that the server will never take becomes a dead letter. Errors: `TypeError` for options out of range.
 *
 * @example
 * const outbox = createOutbox({ events, channel: 'order.placed', send: httpSender({ url: '/orders' }) });
 * await events.publish('order.placed', order);
 * await outbox.whenIdle();
 */
export function createOutbox<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Schema>,
>(options: OutboxOptions<Schema, Replies, Inputs, C>): Outbox {
  const { events, channel, send, stats, settings, listening } = checkOutboxOptions(options);
  let parts: OutboxParts | undefined;
  const paced = pacedHandler<unknown, unknown>('createOutbox', (work, port) => {
    const dispatcher = new Dispatcher(send, work, port, settings);
    const { connectivity } = settings;
    const { group } = listening;
    parts = { dispatcher, port, settings: work.settings, connectivity, stats, group };
    if ('pace' in send) return send.pace(work, port, dispatcher);
    const { claim, dispatch } = dispatcher;
    return { ...work, handler: dispatch, source: { ...work.source, claim } };
  });
  const listener = events.listen(channel, paced, listening);
  if (!parts) refuse('events', 'an EventChannel', events);
  return new ChannelOutbox(events, channel, listener, parts);
}

interface OutboxParts {
  readonly dispatcher: Dispatcher;
  readonly port: HandlerPort;
  readonly settings: ResolvedSettings;
  readonly connectivity: Connectivity;
  readonly stats: CountsStore | undefined;
  readonly group: string | undefined;
}

/** Lets the listener run while the gate is open, and connects both with the store. */
class ChannelOutbox extends Tagged implements Outbox {
  readonly channel: string;
  readonly closed: Promise<void>;
  readonly #events: EventChannel;
  readonly #listener: Listener;
  readonly #parts: OutboxParts;
  readonly #store: OutboxStore;

  constructor(events: EventChannel, channel: string, listener: Listener, parts: OutboxParts) {
    super();
    const { dispatcher, port, settings, connectivity, stats } = parts;
    const { gate } = dispatcher;
    this.channel = channel;
    this.#events = events;
    this.#listener = listener;
    this.#parts = parts;
    this.#store = new OutboxStore({
      runtime: port.runtime,
      intervalMs: settings.pollIntervalMs,
      readStatus: () => dispatcher.status,
      readCounts: () => this.#stats(),
      counts: stats,
      canCount: port.capabilities.stats === true,
      onFault: (error) => this.#reportFault('dequeue', error),
    });
    dispatcher.onChange = () => {
      this.#follow();
      this.#store.refresh();
    };
    dispatcher.onReturn = () => void this.#retryNow('offline');
    const stopWatching = connectivity.watch(gate.follow);
    this.#follow();
    this.closed = listener.closed.then(() => {
      stopWatching();
      gate.stop();
    });
  }

  pause(reason = 'paused'): void {
    if (typeof reason !== 'string') refuse('reason', 'a string', reason);
    this.#parts.dispatcher.gate.pause('page', reason);
  }

  resume(): void {
    this.#parts.dispatcher.resume();
  }

  async flush(): Promise<void> {
    await this.#retryNow();
    this.#parts.dispatcher.flush();
  }

  async drain(options?: { readonly signal?: PlatformAbortSignal | undefined }): Promise<number> {
    await this.flush();
    await this.#events.drain(options);
    const { ready, scheduled, leased } = await this.#stats();
    return ready + scheduled + leased;
  }

  watch(): OutboxView {
    return this.#store.view;
  }

  async whenIdle(
    options: { readonly signal?: PlatformAbortSignal | undefined } = {},
  ): Promise<void> {
    checkOptions(options);
    checkSignal(options.signal);
    const { port, settings } = this.#parts;
    await holdFor(port.runtime, settings.keepAlive, this.#store.untilEmpty(options.signal));
  }

  async stop(options?: StopOptions): Promise<void> {
    await this.#listener.stop(options);
    await this.closed;
  }

  /** A call of `pause` or `resume` ends the claim of the listener, so it is made at a change only. */
  #follow(): void {
    const { gate } = this.#parts.dispatcher;
    const { status } = this.#listener;
    if (gate.isOpen && status === 'paused') this.#listener.resume();
    else if (!gate.isOpen && status === 'running') this.#listener.pause(gate.state);
  }

  /** Makes the events due that failed, where the backend can do that. Never rejects. */
  async #retryNow(reason?: 'offline'): Promise<void> {
    const { capabilities } = this.#parts.port;
    if (!capabilities[reason ?? 'retryNow'] || !capabilities.retryNow) return;
    try {
      await this.#events.retryNow(this.channel, { ...this.#queue, ...(reason && { reason }) });
    } catch (error) {
      if (codeOf(error) !== 'closed') this.#reportFault('resume', error);
    }
  }

  #stats(): Promise<ChannelStats> {
    return this.#events.stats(this.channel, this.#queue);
  }

  /** The group whose copies are sent. */
  get #queue(): GroupOptions | undefined {
    const { group } = this.#parts;
    return group === undefined ? undefined : { group };
  }

  #reportFault(during: 'dequeue' | 'resume', error: unknown): void {
    this.#parts.port.report({ type: 'fault', during, channel: this.channel, error });
  }
}
