import type { PlantedBug } from './planted-bug.ts';

const ROOT = 'src/backends/indexeddb';
const TRANSACTIONS = `${ROOT}/database/transactions.ts`;
const SWEEP = `${ROOT}/cleanup/sweep-segments.ts`;

/** Mistakes in the other parts of the IndexedDB backend. */
export const STORAGE_BUGS: readonly PlantedBug[] = [
  {
    name: 'a segment is deleted while it holds unsettled events',
    file: `${ROOT}/cleanup/spent-segments.ts`,
    from: 'if (unsettled.count > 0) continue;',
    to: '',
  },
  {
    name: 'a sweep ignores waiting rows',
    file: SWEEP,
    from: 'const inUse = new Set(waiting.map(([, , seq]) => seq));',
    to: 'const inUse = new Set<number>();',
    test: 'test/backends/indexeddb/indexeddb-store.test.ts',
  },
  {
    name: 'a sweep ignores claims',
    file: SWEEP,
    from: 'for (const { seq } of claims.flatMap(unpackSpans)) inUse.add(seq);',
    to: '',
    test: 'test/backends/indexeddb/indexeddb-store.test.ts',
  },
  {
    name: 'a claim takes cancelled events',
    file: `${ROOT}/claiming/choose-events.ts`,
    from: 'if (snapshot.cancelled?.has(positionKey({ seq, at }))) {',
    to: "if (snapshot.cancelled?.has('')) {",
  },
  {
    name: 'a key lets an event go while an earlier one waits',
    file: `${ROOT}/claiming/key-gate.ts`,
    from: 'return !first || comparePositions(first, place) >= 0;',
    to: 'return !first || true;',
  },
  {
    name: 'the end of an event does not free its key',
    file: `${ROOT}/claims/update-claim.ts`,
    from: 'else freed.push(key);',
    to: "else if (change.outcome.state === 'dead') freed.push(key);",
  },
  {
    name: 'an event that its key holds back is passed and not parked',
    file: `${ROOT}/claiming/key-gate.ts`,
    from: 'this.#parked.push({ seq: row.seq, row, segmentSize });',
    to: '',
  },
  {
    name: 'a cancel does not compete with claims',
    file: `${ROOT}/inspection/cancel-event.ts`,
    from: "return (await connection.decide(stamp, writes)) ? 'ok' : undefined;",
    to: "return (await connection.decide(stamp, writes)) ? 'ok' : 'ok';",
  },
  {
    name: 'the delay of a publish is forgotten',
    file: `${ROOT}/schema/event-rows.ts`,
    from: 'const dueAt = dueTime(availableAt ?? createdAt + delayMs);',
    to: 'const dueAt = dueTime(availableAt ?? createdAt + delayMs * 0);',
  },
  {
    name: 'a retry forgets its priority',
    file: `${ROOT}/claims/update-claim.ts`,
    from: '...(event.priority && { priority: event.priority }),',
    to: '',
  },
  {
    name: 'segments are ordered by the clock',
    file: `${ROOT}/publishing/appender.ts`,
    from: "...segments.map((segment) => ['add', 'segments', segment] as const),",
    to: "...segments.map((segment) => ['add', 'segments', { ...segment, seq: (segment.createdAt[0] as number) * 16 - 16e11 * 16 + (String(segment.ids[0]).length % 16) }] as const),",
  },
  {
    name: 'publishMany is not atomic',
    file: `${ROOT}/publishing/appender.ts`,
    from: 'return this.#limited?.append(events) ?? this.#group.add(events);',
    to: 'return this.#limited?.append(events) ?? (async () => { for (const event of events) await this.#group.add([event]); return undefined; })();',
  },
  {
    name: 'a publish is acknowledged on the success of its requests',
    file: TRANSACTIONS,
    from: 'transaction.oncomplete = done;',
    to: 'const last = flatten(_ as Requests).at(-1); if (last) last.onsuccess = done; else transaction.oncomplete = done;',
  },
  {
    name: 'a quota error is taken for success',
    file: TRANSACTIONS,
    from: 'stopWatching();\n      reject(\n        isRefusal',
    to: "stopWatching();\n      if (cause?.name === 'QuotaExceededError') return (transaction.oncomplete as (() => void) | null)?.();\n      reject(\n        isRefusal",
  },
  {
    name: 'an abort is not noticed',
    file: TRANSACTIONS,
    from: 'transaction.onabort = async () => {',
    to: "if (mode === 'readonly') transaction.onabort = async () => {",
  },
  {
    name: 'a taken epoch counts as a claim that was made',
    file: TRANSACTIONS,
    from: 'return !guards.some(errorOf);',
    to: 'return true;',
  },
  {
    name: 'a publish whose answer was lost is repeated',
    file: `${ROOT}/database/connection.ts`,
    from: 'return this.#use(neverBegan, (database) => {\n      const write',
    to: 'return this.#use(isLost, (database) => {\n      const write',
  },
  {
    name: 'a decision whose answer was lost counts as made',
    file: `${ROOT}/database/connection.ts`,
    from: 'return Boolean(made?.answer);',
    to: 'return made === undefined || Boolean(made.answer);',
  },
  {
    name: 'claims that are open are marked as ended',
    file: `${ROOT}/claims/next-epoch.ts`,
    from: 'return { spentEpoch: earliest(epochs) - 1, spentAt: now };',
    to: 'return { spentEpoch: Math.max(...epochs) - 1, spentAt: now };',
  },
  {
    name: 'guard rows are deleted before the earlier readers have ended',
    file: `${ROOT}/cleanup/guard-rows.ts`,
    from: 'if (left.length > 0 && readLocks.canQuery && !(await readLocks.awaitEarlierReaders())) return;',
    to: '',
    test: 'test/backends/indexeddb/cleanup/guard-rows.test.ts',
  },
  {
    name: 'a redrive does not compete with another one',
    file: 'src/backends/indexeddb/inspection/move-letters.ts',
    from: "      ['add', 'epochs', nextEpoch(snapshot, at)],\n",
    to: '',
  },
  {
    name: 'a purge puts dead letters back',
    file: 'src/backends/indexeddb/inspection/move-letters.ts',
    from: "verb === 'redrive' ? taken.map((row) => eventOf(row, at)) : []",
    to: 'taken.map((row) => eventOf(row, at))',
  },
  {
    name: 'a redriven event stays among the dead letters',
    file: 'src/backends/indexeddb/inspection/move-letters.ts',
    from: "      ...keyRanges(taken.map(({ n }) => n)).map((run) => ['delete', 'dead', run] as const),\n",
    to: '',
  },
  {
    name: 'a context whose first database was never identified keeps its Web Locks',
    file: `${ROOT}/database/connection.ts`,
    from: 'const isCleared = before !== undefined;',
    to: 'const isCleared = known !== undefined;',
    test: 'test/backends/indexeddb/database/backend-status.test.ts',
  },
  {
    name: 'the keys of segments are kept although a copy step may change them',
    file: `${ROOT}/publishing/fresh-keys.ts`,
    from: 'before?.isBesideGroups === isBesideGroups ? before : {}',
    to: 'before ?? {}',
    test: 'test/backends/indexeddb/publishing/fresh-keys.test.ts',
  },
  {
    name: 'a commit that a read in a deleted database led to is made in the next one',
    file: `${ROOT}/publishing/appender.ts`,
    from: '...(isRead && { period }),',
    to: '...(waiting.length > 0 && { period }),',
    test: 'test/backends/indexeddb/publishing/replaced-in-groups.test.ts',
  },
  {
    name: 'a group counts as deleted although its queue is not ended',
    file: `${ROOT}/groups/indexeddb-groups.ts`,
    from: 'for (const queue of groups.ended) await endQueue(this.#store.store, queue);',
    to: '',
    test: 'test/backends/indexeddb/groups/clear-queue.test.ts',
  },
  {
    name: 'no hint is sent',
    file: `${ROOT}/hints/hint-notifier.ts`,
    from: 'this.#hints.post(names);',
    to: '',
  },
  {
    name: 'a malformed segment is read as a sound one',
    file: `${ROOT}/scanning/queue-snapshot.ts`,
    from: "const verdict = check('segments', row);",
    to: "const verdict = 'ok' as Verdict;",
    test: 'test/backends/indexeddb/scanning/quarantine-segments.test.ts',
  },
  {
    name: 'the guard is not the last request',
    file: TRANSACTIONS,
    from: 'await write(database, writes, {\n      ...options,\n      onIssued: (requests) => {\n        guards = requests.slice(-(options.guardCount ?? 1));',
    to: 'await write(database, [...writes.slice(-1), ...writes.slice(0, -1)], {\n      ...options,\n      onIssued: (requests) => {\n        guards = requests.slice(0, 1);',
    real: 'test/backends/indexeddb/real-databases.browser.test.ts',
  },
];
