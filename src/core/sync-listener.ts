import type { DeliveryHandle, SyncEventHandler } from './delivery.ts';
import { codeOf } from './errors.ts';
import type { HandlerPort } from './handler-port.ts';
import { isPromiseLike } from './is-promise-like.ts';
import type { Settlement } from './message.ts';
import type { ResolvedSettings } from './options.ts';
import { consequenceOf, reportHandlerError, settleByConsequence } from './retry.ts';

/** A handler that runs when its channel is drained. */
export interface SyncListener {
  readonly channel: string;
  readonly status: 'running' | 'stopped';
  /** Stops claiming. An event whose handler runs is still settled. */
  stop(): void;
}

/** One handler of a synchronous channel; {@link SyncEventChannel} drives it. */
export class ChannelSyncListener implements SyncListener {
  readonly channel: string;
  readonly #handler: SyncEventHandler;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #claimEvents: (
    limit: number,
    settings: ResolvedSettings,
  ) => DeliveryHandle<Settlement>[];
  #isStopped = false;

  constructor(
    channel: string,
    handler: SyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    claimEvents: (limit: number, settings: ResolvedSettings) => DeliveryHandle<Settlement>[],
  ) {
    this.channel = channel;
    this.#handler = handler;
    this.#settings = settings;
    this.#port = port;
    this.#claimEvents = claimEvents;
  }

  get status(): 'running' | 'stopped' {
    return this.#isStopped ? 'stopped' : 'running';
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Handles the next due event. Returns false if no event is due. Faults are reported, never thrown. */
  handleNext(): boolean {
    if (this.#isStopped) return false;
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
      return this.#claimEvents(1, this.#settings)[0];
    } catch (error) {
      const { channel } = this;
      if (codeOf(error) === 'closed') {
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
