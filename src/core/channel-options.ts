import type { Metadata } from './message.ts';
import type { Observer } from './observer.ts';
import type { ChannelSettings } from './options.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { AsyncEventBackend, SyncEventBackend } from './protocols.ts';
import type { ConfirmTerms } from './receipts.ts';
import type { Runtime } from './runtime.ts';

/** What both clients take. */
export interface ClientOptions<Schema> extends ChannelSettings {
  /** Settings that differ for some channels. */
  readonly channels?: { readonly [C in keyof NoInfer<Schema>]?: ChannelSettings } | undefined;
  /** Receives what happens; by default errors that no caller can receive go to the console. */
  readonly observer?: Observer | undefined;
  /** The clock; default is the backend's. */
  readonly runtime?: Runtime | undefined;
}

export interface EventChannelOptions<Schema> extends ClientOptions<Schema> {
  readonly backend: AsyncEventBackend;
}

export interface SyncEventChannelOptions<Schema> extends ClientOptions<Schema> {
  readonly backend: SyncEventBackend;
  /** Whether listeners run by themselves, in a microtask after each publish; default true. `false` leaves it to `drain()`. */
  readonly autoDrain?: boolean | undefined;
}

/** How one call receives events. */
export interface ReceiveOptions
  extends Pick<
    ChannelSettings,
    'leaseMs' | 'pollIntervalMs' | 'maxAttempts' | 'maxHoldMs' | 'keepAlive'
  > {
  /** Ends the wait: the call rejects with the signal's reason and leaves no lease behind. */
  readonly signal?: PlatformAbortSignal | undefined;
}

/** What a request goes with. */
export interface RequestOptions extends Pick<ConfirmTerms, 'timeoutMs'> {
  readonly metadata?: Metadata | null | undefined;
}

export interface ListenOptions extends Omit<ChannelSettings, 'maxEventBytes'> {
  /** Stops the listener as `stop()` does. */
  readonly signal?: PlatformAbortSignal | undefined;
}

export type SyncListenOptions = Omit<
  ChannelSettings,
  'maxEventBytes' | 'concurrency' | 'maxHoldMs' | 'keepAlive'
>;
