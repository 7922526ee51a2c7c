/** A row of the short table of docs/figures.md. It names the figures by the titles that the benches use. */
export interface SpeedRow {
  readonly what: string;
  readonly bench: string;
  readonly ratio: string;
  readonly table: string;
  readonly ours: string;
  readonly theirs: string;
  /** Describes `theirs` for a reader who has not seen the bench. */
  readonly beside: string;
}

const IN_HUNDREDS = {
  what: 'IndexedDB, publish to acknowledged, 100 in flight',
  bench: 'indexeddb-cycle',
  table: 'Full cycle, 100 in flight, relaxed',
  ours: 'ackline',
};

const ONE_BY_ONE = {
  what: 'IndexedDB, publish to acknowledged, one at a time',
  bench: 'indexeddb-cycle',
  table: 'Full cycle, 1 in flight, relaxed',
  ours: 'ackline',
};

/** The first questions of a user, beside the alternatives, with good and bad results. */
export const SPEED_ROWS: readonly SpeedRow[] = [
  {
    ...IN_HUNDREDS,
    ratio: 'ackline ÷ obvious, 100 in flight, relaxed',
    theirs: 'obvious',
    beside: 'a row for each event, an index on when it is due',
  },
  {
    ...IN_HUNDREDS,
    ratio: 'ackline ÷ dexie, bulk, 100 in flight, relaxed',
    theirs: 'dexie, bulk',
    beside: 'Dexie in bulk, batched by the caller',
  },
  {
    ...IN_HUNDREDS,
    ratio: 'ackline ÷ floor, 100 in flight, relaxed',
    theirs: 'floor',
    beside: 'the fewest requests that could do it',
  },
  {
    ...ONE_BY_ONE,
    ratio: 'ackline ÷ obvious, 1 in flight, relaxed',
    theirs: 'obvious',
    beside: 'a row for each event, an index on when it is due',
  },
  {
    ...ONE_BY_ONE,
    ratio: 'ackline ÷ offline-transactions, 1 in flight, relaxed',
    theirs: 'offline-transactions',
    beside: '@tanstack/offline-transactions, which keeps no lease',
  },
  {
    what: 'IndexedDB, 100 calls of `publish` at once',
    bench: 'indexeddb-publish',
    ratio: '100 publishes at once, relaxed, ackline ÷ one transaction each',
    table: '100 publishes at once, relaxed',
    ours: 'ackline',
    theirs: 'one transaction each',
    beside: 'a transaction for each',
  },
  {
    what: 'IndexedDB, draining a backlog of 100,000',
    bench: 'indexeddb-backlog',
    ratio: 'drain, ackline ÷ obvious',
    table: 'Drain of a backlog, one publish a commit',
    ours: 'ackline',
    theirs: 'obvious',
    beside: 'a row for each event, an index on when it is due',
  },
  {
    what: 'IndexedDB, from `publish` to the handler in another tab, p50 (less is better)',
    bench: 'indexeddb-publish-claim',
    ratio: 'p50 of ackline ÷ by hand',
    table: 'Publish → handler in another tab, p50',
    ours: 'ackline',
    theirs: 'by hand',
    beside: 'the same steps by hand',
  },
  {
    what: 'Broadcast, from one tab to another',
    bench: 'broadcast-throughput',
    ratio: 'ackline ÷ bare, 1 → 1',
    table: 'Tabs, 1 → 1',
    ours: 'ackline',
    theirs: 'bare',
    beside: 'a bare BroadcastChannel',
  },
  {
    what: 'Memory, in Node, asynchronous handler',
    bench: 'memory-cycle',
    ratio: 'ackline, default ÷ fastq, promises',
    table: 'Full cycle in memory',
    ours: 'ackline, default',
    theirs: 'fastq, promises',
    beside: 'fastq with promises, which copies nothing and keeps no lease',
  },
];
