import { dequeueUpTo } from './backend-calls.ts';
import type { ListenOptions, ReceiveOptions } from './channel-options.ts';
import type { AsyncEventHandler, Delivery } from './delivery/delivery.ts';
import type { Settlement } from './events/message.ts';
import type { Member } from './events/receipts.ts';
import { ChannelListener } from './listening/channel-listener.ts';
import { EventIterator, type IterateOptions } from './listening/event-iterator.ts';
import type { LeasedDelivery } from './listening/handler-port.ts';
import type { Listener, StopOptions } from './listening/listener.ts';
import { ListenerSet } from './listening/listener-set.ts';
import type { ClaimEvents, PacedHandler } from './listening/paced-handler.ts';
import { PollPacer } from './listening/pause.ts';
import { releaseUnseen } from './listening/retry.ts';
import {
  checkOptions,
  checkSignal,
  checkWholeNumber,
  type ResolvedSettings,
  refuse,
} from './options/options.ts';
import type { AsyncEventBackend } from './protocols/protocols.ts';
import { closedError } from './reports/closed-error.ts';
import { abortedByEither } from './runtime/aborted-by-either.ts';
import { holdFor, type KeepAlive } from './runtime/hold.ts';
import { ignore } from './runtime/ignore.ts';
import type { Stop } from './runtime/runtime.ts';
import { throwIfAborted } from './runtime/throw-if-aborted.ts';
import type { Session } from './session.ts';

/** The receiving half of an `EventChannel`: `dequeue`, iterators, listeners, and how they end at shutdown. */
export class Receiver {
  readonly #session: Session<Promise<Settlement>>;
  readonly #backend: AsyncEventBackend;
  readonly #listeners = new ListenerSet();
  /** Ends iterators and pending calls. */
  readonly #closing = new AbortController();
  /** Ends the watches of members when the backend stays open for other channels. */
  readonly #leaving = new AbortController();

  constructor(session: Session<Promise<Settlement>>, backend: AsyncEventBackend) {
    this.#session = session;
    this.#backend = backend;
  }

  async dequeueMany(channel: string, limit: number, options: ReceiveOptions): Promise<Delivery[]> {
    checkWholeNumber('limit', limit, 1);
    const { signal, settings, queue } = this.#session.resolveCall(channel, options);
    this.#requireOpen();
    throwIfAborted(signal);
    const handles = await this.#claimUntilClosing(queue, limit, settings, signal);
    return handles.map(({ delivery }) => delivery);
  }

  iterate(channel: string, options: IterateOptions): AsyncIterableIterator<Delivery> {
    this.#requireOpen();
    const { signal, settings, queue } = this.#session.resolveCall(channel, options);
    const { pollIntervalMs } = settings;
    const { runtime, capabilities } = this.#session;
    const pacer = new PollPacer(runtime, settings, capabilities);
    const dequeue = async (stop: AbortSignal) => {
      const startedAt = runtime.now();
      const [handle] = await this.#claimAwaited(queue, 1, pollIntervalMs, settings, stop, true);
      if (!handle) await holdFor(runtime, settings.keepAlive, pacer.untilNext(startedAt, stop));
      return handle?.delivery ?? null;
    };
    const signals = [signal, this.#closing.signal];
    return new EventIterator({ dequeue, signals, join: () => this.#join(queue) });
  }

  listen(channel: string, handler: AsyncEventHandler, options: ListenOptions): Listener {
    this.#requireOpen();
    if (typeof handler !== 'function') refuse('handler', 'a function', handler);
    const { signal, settings, queue } = this.#session.resolveCall(channel, options);
    const claim: ClaimEvents = (...terms) => this.#claim(queue, ...terms, true);
    const work = { handler, settings, source: { claim, leave: this.#join(queue) } };
    const paced = (handler as Partial<PacedHandler>).pace?.(work, this.#session);
    const listener = new ChannelListener(queue, paced ?? work, this.#session);
    this.#listeners.add(listener, signal);
    return listener;
  }

  stopListeners(options: StopOptions | undefined, channel?: string): Promise<void> {
    return this.#listeners.stop(options, channel);
  }

  async drain(options: Pick<ReceiveOptions, 'signal'>): Promise<number> {
    this.#requireOpen();
    checkOptions(options);
    checkSignal(options.signal);
    return this.#listeners.drain(options.signal);
  }

  endIterators(): void {
    this.#closing.abort();
  }

  watchMembers(channel: string, watcher: (members: readonly Member[]) => void): Stop {
    const stop = this.#backend.watchMembers?.(channel, watcher) as Stop;
    return this.#untilLeft(stop);
  }

  /** Nacks the unsettled deliveries. The backend stays open for other channels. Never rejects. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#session.releaseAll();
  }

  #requireOpen(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }

  /** Calls `stop` when this channel leaves its backend, or when the returned function is called. */
  #untilLeft(stop: Stop): Stop {
    const { signal } = this.#leaving;
    signal.addEventListener('abort', stop);
    return () => {
      signal.removeEventListener('abort', stop);
      stop();
    };
  }

  /** {@link #claimAwaited}, which resolves with no events when the channel begins to shut down. */
  async #claimUntilClosing(
    channel: string,
    limit: number,
    settings: ResolvedSettings,
    signal: AbortSignal | undefined,
  ): Promise<LeasedDelivery[]> {
    const { pollIntervalMs } = settings;
    const claim = (stop?: AbortSignal) =>
      this.#claimAwaited(channel, limit, pollIntervalMs, settings, stop);
    const { signal: closing } = this.#closing;
    // A backend of the five verbs alone receives no signal that its caller did not pass.
    const isSignalled = pollIntervalMs > 0 && this.#session.capabilities.leaseMs;
    const ending = isSignalled && signal ? abortedByEither(signal, closing) : undefined;
    try {
      return await claim(ending?.signal ?? (isSignalled ? closing : signal));
    } catch (error) {
      if (closing.aborted && error === closing.reason) return [];
      throw error;
    } finally {
      ending?.forget();
    }
  }

  /** Makes this context a member of the channel of the queue, if the backend has members. */
  #join(queue: string): Stop {
    return (this.#session.capabilities.join && this.#backend.join?.(queue)) || ignore;
  }

  /**
   * Claims for a caller that waits, not for a listener. The wait keeps a process alive unless `keepAlive` is false. Once
   * `signal` has aborted, or the channel begins to shut down, it delivers nothing and rejects with the reason.
   */
  #claimAwaited(
    channel: string,
    limit: number,
    waitMs: number,
    settings: ResolvedSettings,
    signal?: AbortSignal,
    staysIdle?: boolean,
  ): Promise<LeasedDelivery[]> {
    const { runtime, capabilities } = this.#session;
    const keepAlive = settings.keepAlive !== false;
    const claim = async () => {
      const terms = [settings, signal, staysIdle, keepAlive] as const;
      const claimed = await this.#claim(channel, limit, waitMs, ...terms);
      const { signal: closing } = this.#closing;
      if (signal?.aborted || closing.aborted) await releaseUnseen(claimed, this.#session);
      throwIfAborted(signal);
      throwIfAborted(closing);
      return claimed;
    };
    return capabilities.keepAlive ? claim() : holdFor(runtime, keepAlive, claim());
  }

  async #claim(
    channel: string,
    limit: number,
    waitMs: number,
    settings: ResolvedSettings,
    signal?: AbortSignal,
    staysIdle?: boolean,
    keepAlive: KeepAlive = settings.keepAlive,
  ): Promise<LeasedDelivery[]> {
    const terms = this.#session.terms(settings, signal, staysIdle, keepAlive);
    const messages = await dequeueUpTo(this.#backend, channel, limit, waitMs, terms);
    const handles = this.#session.deliver(messages, settings);
    if (!this.#leaving.signal.aborted) return handles;
    // The channel was shut down while the backend answered.
    await this.#session.releaseAll();
    return [];
  }
}
