import type { NewEvent } from '../../../queue/event-store.ts';
import type { Connection } from '../database/connection.ts';
import { KEY_LIMIT } from '../schema/key-ranges.ts';
import { requestGroups } from './late-groups.ts';
import { linesOf } from './lines-of.ts';

/** The key of a row in one of the lines. */
type Place = readonly [queue: string, keyOrRank: unknown, seq: number];

/** What is read before events get rows of their own. */
export interface LastPosition {
  readonly position: number;
  /** The channels that have groups, or had some. */
  readonly grouped: ReadonlySet<string>;
}

/**
 * The delayed events of a key, and the waiting events of a priority, must have positions in commit order, those of other
 * contexts included.
 */
export async function readLastPosition(
  connection: Connection,
  delayed: readonly NewEvent[],
): Promise<LastPosition> {
  // Another program's rows may have keys of any type. Keys that are not numbers sort after this range.
  const numbers = IDBKeyRange.upperBound(KEY_LIMIT, true);
  const channels = [...new Set(delayed.map(({ channel }) => channel))];
  const { newest, last, groups } = await connection.read(
    ['segments', 'late', 'returned'],
    (tx) => ({
      groups: channels.map((channel) => requestGroups(tx, channel, 1)),
      newest: tx.objectStore('segments').openKeyCursor(numbers, 'prev'),
      last: [...linesOf(delayed)].map(({ store, line }) => {
        const range = IDBKeyRange.bound(line, [...line, KEY_LIMIT]);
        const rows = tx.objectStore(store);
        return (store === 'late' ? rows.index('key') : rows).openKeyCursor(range, 'prev');
      }),
    }),
  );
  return {
    position: Math.max(
      Number(newest.result?.key ?? 0),
      ...last.map(({ result }) => (result?.key as Place | undefined)?.[2] ?? 0),
    ),
    grouped: new Set(channels.filter((_, index) => groups[index]?.result.length)),
  };
}
