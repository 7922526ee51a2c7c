import type { BackoffPolicy } from '../core/runtime/backoff.ts';
import type { KeepAlive } from '../core/runtime/hold.ts';
import type { Connectivity, Probe } from './connectivity.ts';

/** The result that a page shows, see `OutboxSnapshot`. */
export type OutboxState = 'idle' | 'sending' | 'paused' | 'offline';

export interface GateSettings extends BackoffPolicy {
  readonly maxConcurrency: number;
  readonly returnJitterMs: number;
  readonly keepAlive: KeepAlive;
  readonly connectivity: Connectivity;
  readonly probe?: Probe | undefined;
}

/** See `SendGate`. */
export type Phase =
  | { readonly name: 'open' }
  | { readonly name: 'offline' | 'stopped' }
  | { readonly name: 'waiting'; readonly until: number; readonly isUnreachable: boolean }
  | { readonly name: 'probing'; readonly answer: Promise<boolean> };
