import { dequeueUpTo } from './backend-calls.ts';
import type { ListenOptions, ReceiveOptions } from './channel-options.ts';
import type { AsyncEventHandler, Delivery } from './delivery.ts';
import { EventIterator, type IterateOptions } from './event-iterator.ts';
import type { LeasedHandout } from './handler-port.ts';
import { holdFor, type KeepAlive } from './hold.ts';
import { ignore } from './ignore.ts';
import { ChannelListener, type ClaimEvents, type Listener, type StopOptions } from './listener.ts';
import { ListenerSet } from './listener-set.ts';
import type { Settlement } from './message.ts';
import { checkWholeNumber, type ResolvedSettings, refuse } from './options.ts';
import { pauseUntilNextPoll } from './pause.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { AsyncEventBackend } from './protocols.ts';
import type { Stop } from './runtime.ts';
import type { Session } from './session.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** What an `EventChannel` receives by: calls, iterators and listeners, and their end. */
export class Receiver {
  readonly #session: Session<Promise<Settlement>>;
  readonly #backend: AsyncEventBackend;
  readonly #listeners = new ListenerSet();
  /** Ends the iterators. */
  readonly #closing = new AbortController();

  constructor(session: Session<Promise<Settlement>>, backend: AsyncEventBackend) {
    this.#session = session;
    this.#backend = backend;
  }

  async dequeueMany(channel: string, limit: number, options: ReceiveOptions): Promise<Delivery[]> {
    checkWholeNumber('limit', limit, 1);
    const { signal, settings } = this.#session.resolveCall(channel, options);
    throwIfAborted(signal);
    const { pollIntervalMs } = settings;
    const handouts = await this.#claimAwaited(channel, limit, pollIntervalMs, settings, signal);
    return handouts.map(({ delivery }) => delivery);
  }

  iterate(channel: string, options: IterateOptions): AsyncIterableIterator<Delivery> {
    const { signal, settings } = this.#session.resolveCall(channel, options);
    const { pollIntervalMs } = settings;
    const dequeue = async (stop: AbortSignal) => {
      const startedAt = this.#session.runtime.now();
      const [handout] = await this.#claimAwaited(channel, 1, pollIntervalMs, settings, stop, true);
      if (!handout) {
        const pause = pauseUntilNextPoll(this.#session.runtime, startedAt, settings, stop);
        await holdFor(this.#session.runtime, settings.keepAlive, pause);
      }
      return handout?.delivery ?? null;
    };
    const signals = [signal, this.#closing.signal];
    return new EventIterator({ dequeue, signals, join: () => this.#join(channel) });
  }

  listen(channel: string, handler: AsyncEventHandler, options: ListenOptions): Listener {
    if (typeof handler !== 'function') refuse('handler', 'a function', handler);
    const { signal, settings } = this.#session.resolveCall(channel, options);
    const claim: ClaimEvents = (...terms) => this.#claim(channel, ...terms, true);
    const source = { claim, leave: this.#join(channel) };
    const listener = new ChannelListener(channel, handler, settings, this.#session, source);
    this.#listeners.add(listener, signal);
    return listener;
  }

  stopListeners(options: StopOptions | undefined, channel?: string): Promise<void> {
    return this.#listeners.stop(options, channel);
  }

  drain(signal: PlatformAbortSignal | undefined): Promise<number> {
    return this.#listeners.drain(signal);
  }

  endIterators(): void {
    this.#closing.abort();
  }

  /** Over a backend whose contexts are members, this one is from now on. */
  #join(channel: string): Stop {
    return (this.#session.capabilities.join && this.#backend.join?.(channel)) || ignore;
  }

  /** For a caller that waits, not for a listener: unless told otherwise, that keeps a process alive. */
  #claimAwaited(
    channel: string,
    limit: number,
    waitMs: number,
    settings: ResolvedSettings,
    signal?: AbortSignal,
    staysIdle?: boolean,
  ): Promise<LeasedHandout[]> {
    const { runtime, capabilities } = this.#session;
    const keepAlive = settings.keepAlive !== false;
    const claimed = this.#claim(channel, limit, waitMs, settings, signal, staysIdle, keepAlive);
    return capabilities.keepAlive ? claimed : holdFor(runtime, keepAlive, claimed);
  }

  async #claim(
    channel: string,
    limit: number,
    waitMs: number,
    settings: ResolvedSettings,
    signal?: AbortSignal,
    staysIdle?: boolean,
    keepAlive: KeepAlive = settings.keepAlive,
  ): Promise<LeasedHandout[]> {
    const terms = this.#session.terms(settings, signal, staysIdle, keepAlive);
    const messages = await dequeueUpTo(this.#backend, channel, limit, waitMs, terms);
    return this.#session.handOut(messages, settings);
  }
}
