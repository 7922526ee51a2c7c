import type { NewEvent } from '../../../queue/event-store.ts';
import type { Write, WriteOptions } from '../database/transactions.ts';
import { segmentsOf } from '../schema/event-rows.ts';
import { type GroupsRow, groupsRange, soundGroupsRows } from '../schema/groups-row.ts';
import { replacedKeys } from './replaced-keys.ts';

/** Requests the first rows about the groups of a channel. A channel that never had groups has none. */
export function requestGroups(
  tx: IDBTransaction,
  channel: string,
  count?: number,
): IDBRequest<GroupsRow[]> {
  return tx.objectStore('segments').index('fresh').getAll(groupsRange(channel), count);
}

/**
 * For a commit of events with rows of their own, in channels that had no groups when they were read. A group may be created
 * between that read and the commit. So the commit reads the groups once more, in its own transaction, and decides nothing by
 * this read. `copies` are then the writes by which these groups get the events. Undefined if no channel needs it.
 */
export function lateGroups(delayed: readonly NewEvent[]):
  | {
      readonly options: WriteOptions;
      readonly copies: () => Write[];
    }
  | undefined {
  // The epoch of a replacement shows whether a group of its channel was created meanwhile.
  const replaced = replacedKeys(delayed);
  const events = delayed.filter(({ channel }) => !replaced.has(channel));
  if (events.length === 0) return undefined;
  let found: readonly (readonly [channel: string, rows: IDBRequest<GroupsRow[]>])[] = [];
  const onIssued = ([first]: readonly IDBRequest[]) => {
    const tx = first?.transaction;
    const channels = new Set(events.map(({ channel }) => channel));
    if (tx) found = [...channels].map((channel) => [channel, requestGroups(tx, channel)]);
  };
  const copiesOf = (channel: string, rows: readonly GroupsRow[]): Write[] => {
    const onlyTo = soundGroupsRows(rows).at(-1)?.queues ?? [];
    if (onlyTo.length === 0) return [];
    const segments = segmentsOf(events.filter((event) => event.channel === channel));
    return segments.map((segment) => ['add', 'segments', { ...segment, onlyTo }]);
  };
  return {
    options: { onIssued, alsoReads: ['segments'] },
    copies: () => found.flatMap(([channel, { result }]) => copiesOf(channel, result)),
  };
}
