import type { Capability } from '../../src/core/protocols/capability.ts';

interface Promised {
  readonly text: string;
  /** The document that explains it, from `docs/`. */
  readonly document: string;
}

/** Capabilities that are about calls, not about promises. */
type OfCalls =
  | 'join'
  | 'keepAlive'
  | 'leaseMs'
  | 'maxAttempts'
  | 'maxEventBytes'
  | 'observe'
  | 'reject'
  | 'reply'
  | 'self'
  | 'staysIdle';

/** What a user may ask for, by the capability that a backend declares for it. */
export const PROMISES: Readonly<Record<Exclude<Capability, OfCalls>, Promised>> = {
  publishMany: { text: '`publishMany` is one atomic step', document: 'options.md' },
  dequeueMany: { text: 'a claim takes many events in one step', document: 'consuming.md' },
  extend: { text: 'leases are extended while a handler runs', document: 'guarantees.md' },
  maxHoldMs: {
    text: 'a living consumer keeps its events after the lease has expired',
    document: 'guarantees.md',
  },
  delayMs: { text: '`delayMs`', document: 'scheduling-and-priority.md' },
  availableAt: { text: '`availableAt`', document: 'scheduling-and-priority.md' },
  ttlMs: { text: '`ttlMs`', document: 'scheduling-and-priority.md' },
  priority: { text: '`priority`', document: 'scheduling-and-priority.md' },
  id: { text: 'publishing once, by `id`', document: 'publishing-once.md' },
  keys: { text: 'order by `key`', document: 'keys.md' },
  replace: { text: '`replaces`', document: 'keys.md' },
  maxBacklog: { text: 'limits of the backlog', document: 'back-pressure.md' },
  durability: { text: 'durability by publish', document: 'guarantees.md' },
  countsAsAttempt: { text: 'postponing without an attempt', document: 'guarantees.md' },
  retryNow: { text: '`retryNow`', document: 'guarantees.md' },
  offline: { text: "postponing until the platform's `online` event", document: 'guarantees.md' },
  deadLetters: { text: 'dead letters are kept', document: 'dead-letters.md' },
  cursor: { text: 'dead letters in pages', document: 'dead-letters.md' },
  redrive: { text: '`redrive`', document: 'dead-letters.md' },
  purge: { text: '`purge`', document: 'dead-letters.md' },
  cancel: { text: '`cancel`', document: 'dead-letters.md' },
  stats: { text: '`stats`', document: 'inspection.md' },
  browse: { text: '`browse`', document: 'inspection.md' },
  channels: { text: '`channels`', document: 'inspection.md' },
  watchStats: { text: '`watchStats`', document: 'inspection.md' },
  groups: { text: 'groups that are stored', document: 'groups.md' },
  localGroups: { text: 'groups of one context', document: 'broadcast.md' },
  retentionMs: { text: 'results of acknowledged events', document: 'results.md' },
  after: { text: 'an event waits for another one', document: 'dependencies.md' },
  sql: { text: 'publishing in a transaction of your own', document: 'postgres.md' },
  publishConfirmed: { text: 'receipts of each member', document: 'broadcast.md' },
  members: { text: 'members are listed', document: 'broadcast.md' },
  request: { text: '`request` and a reply', document: 'broadcast.md' },
};
