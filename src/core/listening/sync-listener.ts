import type { DeliveryHandle, SyncEventHandler } from '../delivery/delivery.ts';
import type { Settlement } from '../events/message.ts';
import { type ResolvedSettings, refuse } from '../options/options.ts';
import { AcklineError, endsConsumers } from '../reports/errors.ts';
import { isPromiseLike } from '../runtime/is-promise-like.ts';
import { Tagged } from '../runtime/tagged.ts';
import type { HandlerPort } from './handler-port.ts';
import { consequenceOf, reportHandlerError, settleByConsequence } from './retry.ts';

/** A handler that runs when its channel is drained. */
export interface SyncListener {
  readonly channel: string;
  readonly status: 'running' | 'paused' | 'stopped';
  /** As {@link Listener.pauseReason}. */
  readonly pauseReason: string | undefined;
  /** Handles nothing until `resume()`. An event whose handler runs is still settled. As {@link Listener.pause}. */
  pause(reason?: string): void;
  /** Ends a pause. Unless `autoDrain` is false, the channel is drained in a microtask. */
  resume(): void;
  /** Stops claiming. An event whose handler runs is still settled. */
  stop(): void;
}

/** Where the events of a synchronous listener come from. */
export interface SyncSource {
  claim(limit: number, settings: ResolvedSettings): DeliveryHandle<Settlement>[];
  /** The listener takes events again. */
  onResume(): void;
}

/** One handler of a synchronous channel; {@link SyncEventChannel} drives it. */
export class ChannelSyncListener extends Tagged implements SyncListener {
  readonly channel: string;
  pauseReason: string | undefined;
  readonly #handler: SyncEventHandler;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #source: SyncSource;
  #isStopped = false;

  constructor(
    channel: string,
    handler: SyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    source: SyncSource,
  ) {
    super();
    if ('pace' in handler)
      throw new AcklineError(
        'unsupported',
        'inBatches and atRate need an EventChannel: a SyncEventChannel never waits',
      );
    this.channel = channel;
    this.#handler = handler;
    this.#settings = settings;
    this.#port = port;
    this.#source = source;
  }

  get status(): 'running' | 'paused' | 'stopped' {
    if (this.#isStopped) return 'stopped';
    return this.pauseReason === undefined ? 'running' : 'paused';
  }

  pause(reason = 'paused'): void {
    if (typeof reason !== 'string') refuse('reason', 'a string', reason);
    if (!this.#isStopped) this.pauseReason = reason;
  }

  resume(): void {
    this.pauseReason = undefined;
    if (!this.#isStopped) this.#source.onResume();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Handles the next due event. Returns false if no event is due. Faults are reported, never thrown. */
  handleNext(): boolean {
    if (this.status !== 'running') return false;
    const handle = this.#claimNext();
    if (handle === undefined) return false;
    try {
      this.#handle(handle);
    } catch (error) {
      // The event is delivered again when its lease expires. The drain goes on with other events.
      this.#port.report({ type: 'fault', during: 'settle', channel: this.channel, error });
    }
    return true;
  }

  #claimNext(): DeliveryHandle<Settlement> | undefined {
    try {
      return this.#source.claim(1, this.#settings)[0];
    } catch (error) {
      const { channel } = this;
      if (endsConsumers(error)) {
        this.#isStopped = true;
        this.#port.report({ type: 'listener-closed', channel, error });
      } else this.#port.report({ type: 'fault', during: 'dequeue', channel, error });
      return undefined;
    }
  }

  #handle(handle: DeliveryHandle<Settlement>): void {
    const settings = this.#settings;
    const port = this.#port;
    try {
      const returned = this.#handler(handle.delivery);
      // An asynchronous handler is not awaited, but its failure is reported.
      if (isPromiseLike(returned))
        void Promise.resolve(returned).catch((error: unknown) =>
          reportHandlerError(handle, error, settings, port, undefined),
        );
    } catch (error) {
      const isOpen = !handle.isSettled;
      const consequence = isOpen ? consequenceOf(handle, error, settings, port) : undefined;
      reportHandlerError(handle, error, settings, port, consequence);
      if (consequence) void settleByConsequence(handle, consequence, port);
      return;
    }
    if (settings.autoAck && !handle.isSettled) handle.delivery.ack();
  }
}
