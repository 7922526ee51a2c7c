import type { PlantedBug } from './planted-bug.ts';

const ROOT = 'src/backends/indexeddb';
const COMMIT_CLAIM = `${ROOT}/claiming/commit-claim.ts`;
const CLAIMER = `${ROOT}/claiming/claimer.ts`;
const UPDATE_CLAIM = `${ROOT}/claims/update-claim.ts`;
const TAKEOVER = `${ROOT}/claims/takeover.ts`;

/** Mistakes in the claims of the IndexedDB backend. */
export const CLAIM_BUGS: readonly PlantedBug[] = [
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
    from: '...(row.held.length > 0 && { claim: row }),',
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
    name: 'a stop between the clock and the scan is taken for a clock that was set back',
    file: `${ROOT}/claims/clock-set-back.ts`,
    from: 'const { at: now } = await connection.stamp();',
    to: 'const { at: now } = stamp;',
    test: 'test/backends/indexeddb/claims/stopped-scan.test.ts',
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
];
