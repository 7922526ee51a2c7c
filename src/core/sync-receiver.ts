import { dequeueUpToSync } from './backend-calls.ts';
import type { ReceiveOptions, SyncListenOptions } from './channel-options.ts';
import type { DeliveryHandle, SyncDelivery, SyncEventHandler } from './delivery/delivery.ts';
import type { Settlement } from './events/message.ts';
import type { SyncDrain } from './listening/sync-drain.ts';
import {
  ChannelSyncListener,
  type SyncListener,
  type SyncSource,
} from './listening/sync-listener.ts';
import { checkWholeNumber, type ResolvedSettings, refuse } from './options/options.ts';
import type { SyncEventBackend } from './protocols/protocols.ts';
import { throwIfAborted } from './runtime/throw-if-aborted.ts';
import type { Session } from './session.ts';

/** The receiving half of a `SyncEventChannel`, as `Receiver` is of an `EventChannel`. */
export class SyncReceiver {
  readonly #session: Session<Settlement>;
  readonly #backend: SyncEventBackend;
  readonly #drain: SyncDrain;

  constructor(session: Session<Settlement>, backend: SyncEventBackend, drain: SyncDrain) {
    this.#session = session;
    this.#backend = backend;
    this.#drain = drain;
  }

  dequeueMany(channel: string, limit: number, options: ReceiveOptions): SyncDelivery[] {
    checkWholeNumber('limit', limit, 1);
    const { signal, settings, queue } = this.#session.resolveCall(channel, options);
    throwIfAborted(signal);
    return this.#claim(queue, limit, settings).map(({ delivery }) => delivery);
  }

  listen(channel: string, handler: SyncEventHandler, options: SyncListenOptions): SyncListener {
    this.#session.requireOpen();
    if (typeof handler !== 'function') refuse('handler', 'a function', handler);
    const { settings, queue } = this.#session.resolveCall(channel, options);
    const claim: SyncSource['claim'] = (...terms) => this.#claim(queue, ...terms);
    const source = { claim, onResume: () => this.#drain.plan() };
    const listener = new ChannelSyncListener(queue, handler, settings, this.#session, source);
    this.#drain.add(listener);
    return listener;
  }

  #claim(queue: string, limit: number, settings: ResolvedSettings): DeliveryHandle<Settlement>[] {
    const { pollIntervalMs } = settings;
    const terms = this.#session.terms(settings);
    const messages = dequeueUpToSync(this.#backend, queue, limit, pollIntervalMs, terms);
    return this.#session.deliver(messages, settings);
  }
}
