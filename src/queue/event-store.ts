import type { Command } from '../core/lifecycle.ts';
import type {
  ChannelStats,
  DeadLetter,
  Durability,
  EventMessage,
  Lease,
  Metadata,
  Settlement,
} from '../core/message.ts';
import type { ObserverEvent } from '../core/observer.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Isolation } from './isolation.ts';
import type { Notifier } from './notifier.ts';

/** A store may answer at once or later; a synchronous backend needs one that answers at once. */
export type MaybePromise<T> = T | Promise<T>;

/** An event to be stored: checked, and a copy that nobody else can reach. */
export interface NewEvent {
  readonly eventId: string;
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  /** 0 or absent: due at once. */
  readonly delayMs?: number;
  /** Of the write that stores it; only for stores whose backend declares `durability`. */
  readonly durability?: Durability;
  /** Of the write again: whether the publishing context gets a copy; only for stores whose backend declares `self`. */
  readonly self?: boolean;
  /** See {@link EventMessage.replayed}. */
  readonly replayed?: true;
  /** About how much it takes to store. */
  readonly bytes: number;
}

export interface ClaimRequest {
  readonly channel: string;
  /** From 1. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** How long the consumer may go on extending, where the store protects that. */
  readonly maxHoldMs: number;
  /**
   * How old a scan may be for the answer that nothing is due, where nothing is known to have come since. Absent: the
   * store scans anew. For stores where a scan costs much.
   */
  readonly staleMs?: number;
  /** Whether the consumer waits on for as long as nothing waits in the store; see `DequeueOptions`. */
  readonly staysIdle?: boolean;
}

export interface Claim {
  /** Frozen messages whose payloads are the receiver's own; in order of delivery. */
  readonly messages: readonly EventMessage[];
  /** Where the store keeps the event of each message, for {@link SettleTarget.place}; absent where it needs no such thing. */
  readonly places?: readonly unknown[];
  /** When the channel should be looked at again though nobody hints; null: only for a hint. Set when nothing was claimed. */
  readonly nextDueAt: number | null;
  /**
   * Whether the store had to scan for this: a consumer that comes back at once is not to make it scan anew. Set when
   * nothing was claimed.
   */
  readonly isScanned?: boolean;
}

/** A lease, as far as it is known. */
export interface SettleTarget {
  readonly eventId: string;
  readonly lease: Lease;
  /** Absent where the event was delivered by another backend, or long ago: the store then looks for it. */
  readonly channel?: string | undefined;
  /** Of the store's own making, from {@link Claim.places}. */
  readonly place?: unknown;
}

export interface SettleRequest extends SettleTarget {
  readonly command: Command;
}

/**
 * Keeps events and changes them atomically, by the rules of `core/lifecycle.ts`.
 *
 * - `append` stores all of its events or none, in commit order, and resolves when they are as durable as promised.
 * - `claim` leases up to `limit` due events: fenced, so that no event is ever claimed twice under one token or by two
 *   stores at once. It first takes back what expired.
 * - `settle` answers each request in order; a request whose lease is not the newest changes nothing.
 * - `observe` reports each lease that the store finds to be lost, before it delivers the event again: by whomever it was taken
 *   back, this store included.
 * - Every method may be called at any time before `close`, also several at once; faults are `AcklineError`s.
 */
export interface EventStore {
  append(events: readonly NewEvent[]): MaybePromise<void>;
  claim(request: ClaimRequest): MaybePromise<Claim>;
  settle(requests: readonly SettleRequest[]): MaybePromise<Settlement[]>;
  stats(channel: string): MaybePromise<ChannelStats>;
  /** Makes due what was delivered before and waits for a delay, of any reason or of the given one; how many. Absent: the store cannot. */
  retryNow?(channel: string, reason?: 'offline'): MaybePromise<number>;
  deadLetters(channel: string, limit: number): MaybePromise<DeadLetter[]>;
  /** Calls `report` for what happens inside; must not be given one that throws. */
  observe(report: (event: ObserverEvent) => void): () => void;
  close(): MaybePromise<void>;
}

/** A store with the clock and the hints of those who share it: all that a backend needs. */
export interface SharedStore extends EventStore {
  /** How its backends take in what is published; absent: `clone`. */
  readonly isolation?: Isolation;
  readonly runtime: Runtime;
  readonly notifier: Notifier;
}

/** An {@link EventStore} that answers at once. */
export interface SyncEventStore extends EventStore {
  append(events: readonly NewEvent[]): void;
  claim(request: ClaimRequest): Claim;
  settle(requests: readonly SettleRequest[]): Settlement[];
  stats(channel: string): ChannelStats;
  retryNow(channel: string, reason?: 'offline'): number;
  deadLetters(channel: string, limit: number): DeadLetter[];
  close(): void;
}
