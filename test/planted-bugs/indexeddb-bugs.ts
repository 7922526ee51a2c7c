import type { PlantedBug } from './planted-bug.ts';

const ROOT = 'src/backends/indexeddb';
const TRANSACTIONS = `${ROOT}/database/transactions.ts`;
const COMMIT_CLAIM = `${ROOT}/claiming/commit-claim.ts`;
const CLAIMER = `${ROOT}/claiming/claimer.ts`;
const UPDATE_CLAIM = `${ROOT}/claims/update-claim.ts`;
const TAKEOVER = `${ROOT}/claims/takeover.ts`;
const SWEEP = `${ROOT}/cleanup/sweep-segments.ts`;

/** Mistakes in the IndexedDB backend. */
export const INDEXEDDB_BUGS: readonly PlantedBug[] = [
  {
    name: 'takeover at expiry in exclusive mode',
    file: TAKEOVER,
    from: 'Math.max(expiresAt, holdUntil) : expiresAt;',
    to: 'expiresAt : expiresAt;',
  },
  {
    name: 'takeover from a living owner',
    file: TAKEOVER,
    from: 'if (ownerLock.isDead(owner)) return',
    to: 'return',
  },
  {
    name: 'an owner that lives is never taken over',
    file: TAKEOVER,
    from: 'Math.max(expiresAt, holdUntil) : expiresAt;',
    to: 'Number.POSITIVE_INFINITY : expiresAt;',
  },
  {
    name: 'a claim is not stored with its epoch',
    file: COMMIT_CLAIM,
    from: '...(spans.length > 0 && { claim: row }),',
    to: '',
  },
  {
    name: 'the hold time ends with the first lease',
    file: COMMIT_CLAIM,
    from: 'holdUntil: now + maxHoldMs,',
    to: 'holdUntil: now + leaseMs,',
  },
  {
    name: 'a claim overwrites the claim of another context',
    file: COMMIT_CLAIM,
    from: "['add', 'epochs', newest],",
    to: "['put', 'epochs', newest],",
  },
  {
    name: 'a waiting row stays after its claim',
    file: COMMIT_CLAIM,
    from: "...waiting.map((waitingRow) => ['delete', 'returned', keyOfWaiting(waitingRow)] as const),",
    to: "...waiting.slice(1).map((waitingRow) => ['delete', 'returned', keyOfWaiting(waitingRow)] as const),",
  },
  {
    name: 'the cursor passes the rest of a segment',
    file: `${ROOT}/claiming/choose-events.ts`,
    from: ': { seq, at: at + 1 };',
    to: ': { seq: seq + 1, at: 0 };',
  },
  {
    name: 'an unconfirmed claim is taken as made',
    file: CLAIMER,
    from: 'const isOurs = snapshot.claims.some((held) => held.epoch === epoch && held.owner === owner);',
    to: 'const isOurs = snapshot.newest.epoch >= epoch;',
  },
  {
    name: 'an unconfirmed claim is taken as not made',
    file: CLAIMER,
    from: 'return isOurs ? claim : undefined;',
    to: 'return isOurs && claim.messages.length === 0 ? claim : undefined;',
    test: 'test/backends/indexeddb/database/storage-faults.test.ts',
  },
  {
    name: 'a claim whose epoch was taken is delivered',
    file: CLAIMER,
    from: 'this.#contention.noteLoss();\n      return undefined;',
    to: 'this.#contention.noteLoss();\n      return claim;',
  },
  {
    name: 'a clock that is set back is not followed',
    file: CLAIMER,
    from: 'if (await followClock(connection, snapshot)) return undefined;',
    to: '',
  },
  {
    name: 'leases are not verified after a freeze',
    file: `${ROOT}/claiming/verify-leases.ts`,
    from: 'if (held.length === 0 || (now.period === period && !isLate))',
    to: 'if (held.length >= 0)',
    test: 'test/backends/indexeddb/claiming/verify-leases.test.ts',
  },
  {
    name: 'a part of a claim is lost when another part is settled',
    file: UPDATE_CLAIM,
    from: '...writesOfHeld({ ...claim, generation, held: packSpans(held) }),',
    to: '...writesOfHeld({ ...claim, generation, held: packSpans(held.slice(0, 1)) }),',
  },
  {
    name: 'the settlements of a claim have no guard',
    file: UPDATE_CLAIM,
    from: "['add', 'endings', guard],\n  ];",
    to: "['put', 'endings', guard],\n  ];",
  },
  {
    name: 'waiting rows of one segment overwrite each other',
    file: UPDATE_CLAIM,
    from: 'at,\n    dueAt: isLater',
    to: "at: typeof at === 'string' ? at : 0,\n    dueAt: isLater",
  },
  {
    name: 'a rejected event leaves no dead letter',
    file: UPDATE_CLAIM,
    from: "...letters.map((letter) => ['add', 'dead', deadRowOf(queue, letter)] as const),",
    to: '',
  },
  {
    name: 'an acknowledged delayed event leaves its payload',
    file: UPDATE_CLAIM,
    from: "if (isFinal(change)) return typeof at === 'string' ? [['delete', 'late', at]] : [];",
    to: 'if (isFinal(change)) return [];',
    test: 'test/backends/indexeddb/indexeddb-store.test.ts',
  },
  {
    name: 'a nacked event stays in its claim',
    file: `${ROOT}/claims/claim-state.ts`,
    from: 'held.delete(eventId);',
    to: "if (command.verb !== 'nack') held.delete(eventId);",
  },
  {
    name: 'a settlement of a lost lease answers ok',
    file: `${ROOT}/claims/held-claim.ts`,
    from: "fates.set(eventId, answer.stored.has(positionKey(place)) ? 'stale' : 'gone');",
    to: "fates.set(eventId, 'ok');",
  },
  {
    name: 'a lost lease is not reported',
    file: `${ROOT}/claims/held-claim.ts`,
    from: 'this.#reportLost(claim, known.held);',
    to: '',
    test: 'test/backends/indexeddb/database/suspension.test.ts',
  },
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
    name: 'the delay of a publish is forgotten',
    file: `${ROOT}/publishing/appender.ts`,
    from: 'const dueAt = dueTime(createdAt + delayMs);',
    to: 'const dueAt = dueTime(createdAt + delayMs * 0);',
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
    from: 'return this.#group.add(events);',
    to: 'return (async () => { for (const event of events) await this.#group.add([event]); return undefined; })();',
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
    from: 'return !errorOf(guard);',
    to: 'return true;',
  },
  {
    name: 'a publish whose answer was lost is repeated',
    file: `${ROOT}/database/connection.ts`,
    from: 'return this.#use(neverBegan, (database) =>\n      this.#reserve',
    to: 'return this.#use(isLost, (database) =>\n      this.#reserve',
  },
  {
    name: 'a decision whose answer was lost counts as made',
    file: `${ROOT}/database/connection.ts`,
    from: 'return made?.answer ?? false;',
    to: 'return made?.answer ?? true;',
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
    from: 'await write(database, writes, {\n      ...options,\n      onIssued: (requests) => {\n        guard = requests.at(-1);',
    to: 'await write(database, [...writes.slice(-1), ...writes.slice(0, -1)], {\n      ...options,\n      onIssued: (requests) => {\n        guard = requests.at(0);',
    real: 'test/backends/indexeddb/contexts.e2e.test.ts',
  },
];
