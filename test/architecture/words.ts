/** A word of the project's language and the one file to open for it. */
export type Word = {
  readonly word: string;
  /** Relative to `src`. */
  readonly file: string;
  /** Why the file is named otherwise; absent where its name has the word in it. */
  readonly why?: string;
};

const INDEXEDDB = 'backends/indexeddb';
const BROADCAST = 'backends/broadcast';

/** In order of the alphabet. */
export const WORDS: readonly Word[] = [
  { word: 'back-off', file: 'core/runtime/backoff.ts' },
  { word: 'cache', file: `${INDEXEDDB}/claiming/queue-cache.ts` },
  { word: 'claim', file: `${INDEXEDDB}/claiming/claimer.ts` },
  { word: 'claim lock', file: `${INDEXEDDB}/claiming/claim-locks.ts` },
  { word: 'clock set back', file: `${INDEXEDDB}/claims/clock-set-back.ts` },
  { word: 'contention', file: `${INDEXEDDB}/claiming/contention.ts` },
  { word: 'dead letter cap', file: `${INDEXEDDB}/cleanup/dead-letter-cap.ts` },
  { word: 'epoch', file: `${INDEXEDDB}/claims/next-epoch.ts` },
  { word: 'fencing token', file: 'core/events/fencing-token.ts' },
  {
    word: 'freeze',
    file: 'platform/page-lifecycle.ts',
    why: 'the Page Lifecycle specification has the event, beside those of the back/forward cache',
  },
  { word: 'gap repair', file: `${BROADCAST}/receiving/gap-repair.ts` },
  { word: 'group commit', file: 'queue/group-commit.ts' },
  { word: 'guard row', file: `${INDEXEDDB}/cleanup/guard-rows.ts` },
  { word: 'heartbeat', file: `${BROADCAST}/members/heartbeat-roster.ts` },
  { word: 'hint', file: `${INDEXEDDB}/hints/hint-notifier.ts` },
  { word: 'idle leader', file: `${INDEXEDDB}/hints/idle-leader.ts` },
  {
    word: 'inline claim',
    file: `${INDEXEDDB}/scanning/inline-claims.ts`,
  },
  {
    word: 'late-joiner history',
    file: `${BROADCAST}/receiving/history-request.ts`,
    why: 'the option is named `history`; only late joiners ask for it',
  },
  { word: 'lease ledger', file: 'queue/lease-ledger.ts' },
  { word: 'membership', file: `${BROADCAST}/members/membership.ts` },
  { word: 'owner lock', file: `${INDEXEDDB}/liveness/owner-lock.ts` },
  {
    word: 'poll interval',
    file: 'queue/poll-wait.ts',
    why: 'it waits for the rest of a poll interval',
  },
  { word: 'quarantine', file: `${INDEXEDDB}/scanning/quarantine.ts` },
  { word: 'quota', file: `${INDEXEDDB}/database/quota-reserve.ts` },
  { word: 'quota reserve', file: `${INDEXEDDB}/database/quota-reserve.ts` },
  { word: 'receipt', file: `${BROADCAST}/receiving/receipt-sender.ts` },
  { word: 'replay buffer', file: `${BROADCAST}/sending/replay-buffer.ts` },
  {
    word: 'retry delay',
    file: 'core/listening/retry.ts',
    why: 'it decides between a retry, with its delay, and a reject',
  },
  { word: 'scan', file: `${INDEXEDDB}/scanning/database-scan.ts` },
  { word: 'snapshot', file: `${INDEXEDDB}/scanning/queue-snapshot.ts` },
  {
    word: 'stale settlement',
    file: 'core/events/lifecycle.ts',
    why: 'one of the rules of the life of an event',
  },
  { word: 'takeover', file: `${INDEXEDDB}/claims/takeover.ts` },
];

export function wordTable(words: readonly Word[] = WORDS): string {
  const rows = words.map(({ word, file, why }) => `| ${word} | \`src/${file}\` | ${why ?? ''} |`);
  return ['| word | file | why it has another name |', '|---|---|---|', ...rows].join('\n');
}

/** `claimer` for `claim`, `guard-rows` for `guard row`: each part of the word is in the file's name. */
export function isNamedAfter(file: string, word: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1, -'.ts'.length).replaceAll('-', '');
  return word.split(' ').every((part) => name.includes(part.replaceAll('-', '')));
}
