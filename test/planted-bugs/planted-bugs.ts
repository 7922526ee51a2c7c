/** A plausible mistake: one place of the library, and what it says instead. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Is found once in the file. */
  readonly from: string;
  readonly to: string;
}

const INDEXEDDB = 'src/backends/indexeddb';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'no check of the fencing token',
    file: 'src/core/lifecycle.ts',
    from: "held.lease === lease ? 'ok' : 'stale'",
    to: "held.lease >= lease ? 'ok' : 'stale'",
  },
  {
    name: 'the delay of a nack is forgotten',
    file: 'src/core/lifecycle.ts',
    from: "return wait('scheduled', attempts, now + delayMs, lastError);",
    to: "return wait('scheduled', attempts, now, lastError);",
  },
  {
    name: 'takeover at expiry in exclusive mode',
    file: `${INDEXEDDB}/claims/takeover.ts`,
    from: "return leaseMode === 'exclusive' ? Math.max(expiresAt, claim.holdUntil) : expiresAt;",
    to: 'return expiresAt;',
  },
  {
    name: 'a claim is not stored with its epoch',
    file: `${INDEXEDDB}/claiming/commit-claim.ts`,
    from: '...(spans.length > 0 && { claim: row }),',
    to: '',
  },
  {
    name: 'the cursor passes the rest of a segment',
    file: `${INDEXEDDB}/claiming/choose-events.ts`,
    from: ': { seq, at: at + 1 };',
    to: ': { seq: seq + 1, at: 0 };',
  },
  {
    name: 'a waiting row stays after its claim',
    file: `${INDEXEDDB}/claiming/commit-claim.ts`,
    from: "...waiting.map((waitingRow) => ['delete', 'returned', keyOfWaiting(waitingRow)] as const),",
    to: "...waiting.slice(1).map((waitingRow) => ['delete', 'returned', keyOfWaiting(waitingRow)] as const),",
  },
  {
    name: 'what was settled in part is lost',
    file: `${INDEXEDDB}/claims/update-claim.ts`,
    from: '...writesOfHeld({ ...claim, generation, held: packSpans(held) }),',
    to: '...writesOfHeld({ ...claim, generation, held: packSpans(held.slice(0, 1)) }),',
  },
  {
    name: 'a publish is acknowledged on the success of its requests',
    file: `${INDEXEDDB}/database/transactions.ts`,
    from: 'transaction.oncomplete = done;',
    to: 'const last = flatten(_ as Requests).at(-1); if (last) last.onsuccess = done; else transaction.oncomplete = done;',
  },
  {
    name: 'an abort is not noticed',
    file: `${INDEXEDDB}/database/transactions.ts`,
    from: 'transaction.onabort = async () => {',
    to: "if (mode === 'readonly') transaction.onabort = async () => {",
  },
  {
    name: 'a taken epoch counts as a claim that was made',
    file: `${INDEXEDDB}/database/transactions.ts`,
    from: 'return !errorOf(guard);',
    to: 'return true;',
  },
];
