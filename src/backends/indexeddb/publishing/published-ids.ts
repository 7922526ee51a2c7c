import type { NewEvent } from '../../../queue/event-store.ts';
import type { Connection } from '../database/connection.ts';
import type { PublishedIdsRow } from '../schema/published-ids-row.ts';
import { rowError } from '../schema/row-checks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';

/**
 * The ids that callers gave to events. The commit that stores events also adds one row with their ids, and a unique index
 * makes this `add` fail if another commit has stored one of them. Then nothing is stored: the appender reads which ids are
 * remembered, and commits the other events. Exact among contexts, because the database checks the index.
 */

/** Key of a row of store `published`: the end of its window, and a unique id. */
type RowKey = [until: number, id: string];

/** The row for a commit of these events; undefined if none of their ids is to be remembered. */
export function publishedIdsOf(events: readonly NewEvent[]): PublishedIdsRow | undefined {
  const remembered = events.filter(({ dedupe, createdAt }) => dedupe && dedupe.until > createdAt);
  const [first] = remembered;
  if (!first?.dedupe) return undefined;
  const until = Math.max(...remembered.map(({ dedupe }) => dedupe?.until ?? 0));
  const published = remembered.map(({ channel, eventId }) => [channel, eventId] as const);
  return { v: ROW_VERSION, until, id: first.dedupe.uniqueId, published };
}

/** The length of the window of a batch, in milliseconds: the longest of its events. Undefined without ids. */
export function windowOf(batch: readonly NewEvent[]): number | undefined {
  let longest: number | undefined;
  for (const { dedupe, createdAt } of batch)
    if (dedupe) longest = Math.max(longest ?? 0, dedupe.until - createdAt);
  return longest;
}

/** The events without those whose id and channel an earlier one of them has. */
export function firstOfEachId(events: readonly NewEvent[]): readonly NewEvent[] {
  if (!events.some(({ dedupe }) => dedupe)) return events;
  const seen = new Set<string>();
  return events.filter(({ channel, eventId, dedupe, createdAt }) => {
    if (!dedupe || dedupe.until <= createdAt) return true;
    const name = `${channel} ${eventId}`;
    return !seen.has(name) && seen.add(name);
  });
}

/** The events whose ids are not remembered, and the keys of rows whose windows have ended and which remember their ids. */
export async function withoutRemembered(
  connection: Connection,
  events: readonly NewEvent[],
): Promise<{ readonly events: readonly NewEvent[]; readonly ended: readonly RowKey[] }> {
  const { requests } = await connection.read(['published'], (tx) => {
    const index = tx.objectStore('published').index('event');
    const named = events.map(({ dedupe, channel, eventId }) =>
      dedupe ? index.getKey([channel, eventId]) : [],
    );
    return { requests: named };
  });
  const ended = new Map<string, RowKey>();
  const others = events.filter((event, index) => {
    const request = requests[index];
    const key = request instanceof IDBRequest ? (request.result as RowKey | undefined) : undefined;
    if (!key) return true;
    const [until, id] = key;
    if (typeof until !== 'number') throw rowError('published', event.channel, 'malformed');
    if (until > event.createdAt) return false;
    ended.set(id, key);
    return true;
  });
  return { events: others, ended: [...ended.values()] };
}
