import type { DeadReason, PublishOptions } from 'ackline';
import type { EventResult } from 'ackline/results';

/** What model.ts is about. */

type Times = { createdAt: number; dueAt: number; expiresAt: number };
/** `n` is the payload, which no two publishes share. `windowMs` is undefined if the id is a random one. */
export type Draft = Times & { n: number; id: string; channel: string; windowMs?: number } & {
  priority: number;
  /** Whether its death blocks its key, or that of the event `after` blocks it. */
  blocks?: boolean;
  /** Why no consumer can receive it. */
  unfit?: 'invalid' | 'undecodable';
} & Pick<PublishOptions, 'key' | 'after' | 'retentionMs' | 'replaces'>;
export type Outcome = { state: EventResult['state']; reply?: number | undefined; until: number };
export type State = 'ready' | 'scheduled' | 'leased' | 'dead';
/** An event of a queue, which is a channel or `channel@group`. `order` is its place in commit order. */
export type ModelEvent = Draft & { draft: Draft; queue: string; order: number } & {
  state: 'waiting' | 'leased' | 'dead';
  attempts: number;
  redriven: number;
  /** How the event `after` has ended. */
  outcome?: Outcome;
  /** Since it was published or redriven. `isRetry`: its last delay followed a delivery. */
  isDelivered?: boolean;
  hasFailed?: boolean;
  isRetry?: boolean;
  held?: { lease: number; until: number; maxAttempts: number };
  reason?: DeadReason;
};
export type Terms = { leaseMs: number; maxAttempts: number };
export type Verb = 'ack' | 'nack' | 'reject' | 'extend';
export type Command = { verb: Verb; ms: number; fails: boolean; postpones: boolean } & {
  reply?: number | undefined;
};
/** `buried`: places of events that the claim buried. `isLoose`: it may pass events. `promises`: how many of the rules hold. */
export type Claim = { limit: number; buried: number; isLoose: boolean; promises: number };
