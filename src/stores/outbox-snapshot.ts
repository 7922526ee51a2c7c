import type { OutboxSnapshot } from '../outbox/outbox-store.ts';

/** What is shown of an outbox on a server, where no outbox runs. */
export const NO_OUTBOX: OutboxSnapshot = Object.freeze({
  state: 'idle',
  pauseReason: null,
  waiting: null,
  sending: null,
  failed: null,
  lastError: null,
  nextAttemptAt: null,
});
