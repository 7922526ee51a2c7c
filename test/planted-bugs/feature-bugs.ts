import type { PlantedBug } from './planted-bug.ts';

const INDEXEDDB = 'src/backends/indexeddb';
const RESULT_ROWS = `${INDEXEDDB}/schema/result-rows.ts`;
const OUTLASTED = 'test/core/listening/outlasted-lease.test.ts';

/** Mistakes in results, partitions, groups and codecs, and in what they need of the core. */
export const FEATURE_BUGS: readonly PlantedBug[] = [
  {
    name: 'memory: the result of an acknowledged event stays pending',
    file: 'src/backends/memory/memory-store.ts',
    from: 'lane.results.acknowledge(stored, outcome.reply, ++this.lastOrder);',
    to: '',
  },
  {
    name: 'memory: a result is kept for no time',
    file: 'src/backends/memory/results.ts',
    from: 'this.#keep(event, result, order, now + (event.retentionMs ?? 0));',
    to: 'this.#keep(event, result, order, now);',
  },
  {
    name: 'memory: the result of a dead event says that it was acknowledged',
    file: 'src/backends/memory/results.ts',
    from: 'this.#end(event, { eventId: event.eventId, ...death }, order, death.diedAt);',
    to: "this.#end(event, { eventId: event.eventId, ...death, state: 'acknowledged' } as never, order, death.diedAt);",
  },
  {
    name: 'SQLite: the log is never begun anew while several processes write',
    file: 'src/backends/sqlite/log-checkpoints.ts',
    from: "this.#connection.get('PRAGMA wal_checkpoint(RESTART)');",
    to: '',
    test: 'test/backends/sqlite/log-checkpoints.test.ts',
  },
  {
    name: 'IndexedDB: a position that was read in a deleted database is used in the next one',
    file: `${INDEXEDDB}/database/connection.ts`,
    from: 'if (period !== undefined && period !== this.#period) return undefined;',
    to: '',
    test: 'test/backends/indexeddb/publishing/positions.test.ts',
  },
  {
    name: 'IndexedDB: a cancel finds events that are still to be copied to groups',
    file: `${INDEXEDDB}/inspection/cancel-event.ts`,
    from: "isSound('segments', row) && row.seq < copiedSeq",
    to: "isSound('segments', row) && copiedSeq > 0",
    test: 'test/backends/indexeddb/groups/late-copies.test.ts',
  },
  {
    name: 'a publish that is refused for one channel drops events of another',
    file: 'src/queue/backlog-limits.ts',
    from: 'if (dropsFor(counted).length > 0) for',
    to: 'if (counted.length > 0) for',
  },
  {
    name: 'a publish stores no pending result',
    file: `${INDEXEDDB}/publishing/appender.ts`,
    from: "...pendingRowsOf(copies).map((row) => ['put', 'results', row] as const),",
    to: '',
  },
  {
    name: 'a result is kept for no time',
    file: RESULT_ROWS,
    from: 'until: now + retentionMs',
    to: 'until: now',
  },
  {
    name: 'the result of a dead event says that it was acknowledged',
    file: RESULT_ROWS,
    from: '{ eventId: content.eventId, ...death }',
    to: "{ eventId: content.eventId, ...death, state: 'acknowledged' } as never",
  },
  {
    name: 'the partitions of a database are one',
    file: `${INDEXEDDB}/database/database-name.ts`,
    from: 'return database + SEPARATOR + partition;',
    to: 'return database;',
  },
  {
    name: 'the purge of a partition deletes nothing',
    file: `${INDEXEDDB}/database/delete-database.ts`,
    from: 'await deleteDatabase(options.factory, options);',
    to: '',
  },
  {
    name: 'two contexts may make the same copy step',
    file: `${INDEXEDDB}/groups/copy-events.ts`,
    from: "['add', 'epochs', { ...nextEpoch(table, now), copiedSeq, copiedPosition }],",
    to: "['put', 'epochs', { ...nextEpoch(table, now), copiedSeq, copiedPosition }],",
  },
  {
    name: 'a handler starts under a lease that is over',
    file: 'src/core/listening/run-handler.ts',
    from: 'if (isOver && port.capabilities.extend)',
    to: 'if (isOver && port.capabilities.extend && handle.isSettled)',
    test: OUTLASTED,
  },
  {
    name: 'a handler starts after its lease could not be confirmed',
    file: 'src/core/listening/run-handler.ts',
    from: 'handle.lose();',
    to: '',
    test: OUTLASTED,
  },
  {
    name: 'a decoder that outlasts the lease delivers its event',
    file: 'src/core/protocols/claim-fitting.ts',
    from: 'if (now < leaseExpiresAt || !backend.extend) return message;',
    to: 'return message;',
    test: OUTLASTED,
  },
];
