import type { Metadata } from './events/message.ts';
import type { ConfirmTerms } from './events/receipts.ts';
import type { ChannelSettings } from './options/options.ts';
import type { GroupOptions } from './options/queue-name.ts';
import type { TypedBackend } from './options/schema.ts';
import type { AsyncEventBackend, SyncEventBackend } from './protocols/protocols.ts';
import type { Observer } from './reports/observer.ts';
import type { PlatformAbortSignal } from './runtime/platform-types.ts';
import type { Runtime } from './runtime/runtime.ts';

/** Options that both clients have in common. */
export interface ClientOptions<Schema> extends ChannelSettings {
  /** Settings that differ for some channels. */
  readonly channels?: { readonly [C in keyof NoInfer<Schema>]?: ChannelSettings } | undefined;
  /** Receives a report of each event. By default errors that no caller receives are printed to the console. */
  readonly observer?: Observer | undefined;
  /** The clock; default is the backend's clock. */
  readonly runtime?: Runtime | undefined;
}

export interface EventChannelOptions<Schema, Inputs = Schema> extends ClientOptions<Schema> {
  readonly backend: AsyncEventBackend & TypedBackend<Schema, Inputs>;
}

export interface SyncEventChannelOptions<Schema, Inputs = Schema> extends ClientOptions<Schema> {
  readonly backend: SyncEventBackend & TypedBackend<Schema, Inputs>;
  /** Whether listeners run in a microtask after each publish; default true. With `false` they run only in `drain()`. */
  readonly autoDrain?: boolean | undefined;
}

/** Options of one `dequeue`. */
export interface ReceiveOptions
  extends Pick<
      ChannelSettings,
      'leaseMs' | 'pollIntervalMs' | 'maxAttempts' | 'maxHoldMs' | 'keepAlive'
    >,
    GroupOptions {
  /** Ends the wait: the call rejects with the signal's reason and leaves no lease behind. */
  readonly signal?: PlatformAbortSignal | undefined;
}

/** Options of one `request`. */
export interface RequestOptions extends Pick<ConfirmTerms, 'timeoutMs'> {
  readonly metadata?: Metadata | null | undefined;
}

export interface ListenOptions
  extends Omit<
      ChannelSettings,
      'maxEventBytes' | 'dedupeWindowMs' | 'maxBacklog' | 'whenFull' | 'retentionMs'
    >,
    GroupOptions {
  /** Stops the listener as `stop()` does. */
  readonly signal?: PlatformAbortSignal | undefined;
}

export type SyncListenOptions = Omit<
  ChannelSettings,
  | 'maxEventBytes'
  | 'dedupeWindowMs'
  | 'maxBacklog'
  | 'whenFull'
  | 'retentionMs'
  | 'concurrency'
  | 'maxHoldMs'
  | 'keepAlive'
> &
  GroupOptions;
