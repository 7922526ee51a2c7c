import type { Capabilities } from '../core/capability.ts';

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

/** The capabilities of a backend whose store can put dead letters back and delete them, and whose events expire. */
export const LETTER_CAPABILITIES: Capabilities = Object.freeze({
  ...RETRYING_CAPABILITIES,
  cursor: true,
  redrive: true,
  purge: true,
  availableAt: true,
  ttlMs: true,
  priority: true,
});

/** The capabilities of a backend whose store also keeps the order of keys, cancels and counts waiting events, and can be browsed. */
export const CANCELLING_CAPABILITIES: Capabilities = Object.freeze({
  ...LETTER_CAPABILITIES,
  cancel: true,
  maxBacklog: true,
  keys: true,
  browse: true,
  channels: true,
  watchStats: true,
});

/** The capabilities of a backend whose store can also replace waiting events. */
export const KEYED_CAPABILITIES: Capabilities = Object.freeze({
  ...CANCELLING_CAPABILITIES,
  replace: true,
});

/** The capabilities of a backend whose store also has groups. */
export const GROUP_CAPABILITIES: Capabilities = Object.freeze({
  ...KEYED_CAPABILITIES,
  groups: true,
});

/** The capabilities of a backend whose store also keeps results, and holds events back until another one has ended. */
export const RESULT_CAPABILITIES: Capabilities = Object.freeze({
  ...GROUP_CAPABILITIES,
  retentionMs: true,
  reply: true,
  after: true,
});
