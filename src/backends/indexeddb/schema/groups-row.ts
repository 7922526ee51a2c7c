import { type Check, isArrayOf, isCount, isShaped } from '../../../core/options/shape-checks.ts';
import { KEY_LIMIT } from './key-ranges.ts';
import { ROW_VERSION, type Versioned } from './row-version.ts';

/**
 * The groups of a channel from one point of the commit order on, up to the next row. It is a row of store `segments`, in the
 * queue `channel@`, so that its key comes from the key generator of the segments: a segment with a greater key was committed
 * after the change, and one with a smaller key before. Only a decision of the channel's plain queue adds one.
 */
export interface GroupsRow extends Versioned {
  /** Absent until the key generator has set it. */
  readonly seq?: number;
  readonly queue: string;
  /** The queues of the groups, `channel@group@id`, in the order of their creation. The id is another one for each creation. */
  readonly queues: readonly string[];
  /** Whether the plain queue gets the events, too. */
  readonly hasPlain: boolean;
  /** The queues of deleted groups that may have rows left. */
  readonly ended: readonly string[];
}

/** More groups than a channel can have. */
const MAX_GROUPS = 10_000;

const isText: Check = (value) => typeof value === 'string';
const isQueues = isArrayOf(isText, MAX_GROUPS);
const isSoundRow = isShaped({
  v: (value) => value === ROW_VERSION,
  seq: (value) => isCount(value) && value < KEY_LIMIT,
  queues: isQueues,
  hasPlain: (value) => typeof value === 'boolean',
  ended: isQueues,
});

/** The rows that can be used. */
export function soundGroupsRows(rows: readonly unknown[]): Required<GroupsRow>[] {
  return rows.filter((row): row is Required<GroupsRow> => isSoundRow(row));
}

/** The queue of a channel's {@link GroupsRow}s. */
export function queueOfGroups(channel: string): string {
  return `${channel}@`;
}

/** The rows of {@link queueOfGroups} in the index of the segments. */
export function groupsRange(channel: string): IDBKeyRange {
  const queue = queueOfGroups(channel);
  return IDBKeyRange.bound([queue], [queue, []], false, true);
}

/** The name by which the queue of a group is known outside of the store, `channel@group`. Other names stay. */
export function publicName(queue: string): string {
  const end = queue.indexOf('@', queue.indexOf('@') + 1);
  return end < 0 ? queue : queue.slice(0, end);
}

/** Whether the name is the own name of a queue of a group, `channel@group@id`. */
export function isOwnName(queue: string): boolean {
  return publicName(queue) !== queue;
}
