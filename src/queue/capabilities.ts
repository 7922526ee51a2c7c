import type { Capabilities } from '../core/protocols/capability.ts';

/** What every backend over a store can do. */
export const QUEUE_CAPABILITIES: Capabilities = Object.freeze({
  publishMany: true,
  dequeueMany: true,
  extend: true,
  reject: true,
  stats: true,
  deadLetters: true,
  observe: true,
  delayMs: true,
  maxEventBytes: true,
  leaseMs: true,
  maxAttempts: true,
  countsAsAttempt: true,
  keepAlive: true,
});

/** The capabilities of a backend whose store distinguishes retries from delayed events, and remembers the ids of callers. */
export const RETRYING_CAPABILITIES: Capabilities = Object.freeze({
  ...QUEUE_CAPABILITIES,
  id: true,
  retryNow: true,
  offline: true,
});

/**
 * The capabilities of a backend whose store can do all that an `EventStore` may: move dead letters, keep the order of keys, cancel,
 * count what waits, replace, keep groups and results, and be browsed.
 */
export const FULL_CAPABILITIES: Capabilities = Object.freeze({
  ...RETRYING_CAPABILITIES,
  cursor: true,
  redrive: true,
  purge: true,
  availableAt: true,
  ttlMs: true,
  priority: true,
  cancel: true,
  maxBacklog: true,
  keys: true,
  browse: true,
  channels: true,
  watchStats: true,
  replace: true,
  groups: true,
  retentionMs: true,
  reply: true,
  after: true,
});
