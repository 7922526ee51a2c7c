import type { NewEvent } from '../../../queue/event-store.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import type { ClaimTable } from '../scanning/claim-table.ts';
import type { GroupsRow } from '../schema/groups-row.ts';
import type { EpochRow } from '../schema/schema.ts';
import { refuseGroups } from './refuse-groups.ts';
import { replacedKeys } from './replaced-keys.ts';

/** A channel of which all events were copied to its groups. */
export interface CopiedChannel {
  /** Of the read that found nothing to copy. */
  readonly stamp: ReadStamp;
  /** The claims of the plain queue. */
  readonly table: ClaimTable;
  readonly groups: readonly Required<GroupsRow>[];
  /** The greatest key of all segments in the database. */
  readonly lastSeq: number;
}

/** The copying of events to groups. */
export interface Copying {
  /** The own names of the groups, as far as they are known. */
  groupsOf(channel: string): readonly string[];
  copyAll(channel: string): Promise<CopiedChannel | undefined>;
}

/**
 * The events of a commit that replace others in channels with groups, and the later ones of their keys. They are not left to a copy
 * step: the commit stores a copy in each queue, and removes there what waits. What was published before is copied first. The
 * commit adds the next epoch of the plain queue, even where that gets no copy, so no copy step and no change of the groups is
 * made between that read and the commit.
 */
export class ReplacedInGroups {
  readonly #keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #channels: ReadonlyMap<string, CopiedChannel>;

  private constructor(
    keys: ReadonlyMap<string, ReadonlySet<string>>,
    channels: ReadonlyMap<string, CopiedChannel>,
  ) {
    this.#keys = keys;
    this.#channels = channels;
  }

  /** `events`: those with rows of their own in channels with groups. */
  static async prepare(
    events: readonly NewEvent[],
    copying: Copying | undefined,
  ): Promise<ReplacedInGroups> {
    const keys = replacedKeys(events);
    const channels = new Map<string, CopiedChannel>();
    for (const channel of keys.keys()) {
      const copied = await (copying ?? refuseGroups(channel)).copyAll(channel);
      if (copied) channels.set(channel, copied);
    }
    return new ReplacedInGroups(keys, channels);
  }

  /** The oldest of the reads. */
  get stamp(): ReadStamp | undefined {
    const [first] = this.#channels.values();
    return first?.stamp;
  }

  /** The copies have later positions. */
  get position(): number {
    const channels = [...this.#channels.values()];
    return Math.max(
      ...channels.map(({ lastSeq, table }) => Math.max(lastSeq, table.newest.copiedPosition ?? 0)),
      0,
    );
  }

  /** The event as each queue gets it. Undefined if a copy step copies it. */
  copiesOf(event: NewEvent): readonly NewEvent[] | undefined {
    const { channel, key, eventId, dedupe } = event;
    const copied = this.#channels.get(channel);
    if (!copied || key === undefined || !this.#keys.get(channel)?.has(key)) return undefined;
    const { queues = [], hasPlain = true } = copied.groups.at(-1) ?? {};
    const copies = queues.map((queue) => {
      // The ids of a queue's copies are neighbours, so that one delete removes them with the group.
      const uniqueId = `${queue}@${dedupe?.uniqueId ?? eventId}`;
      return { ...event, channel: queue, dedupe: { uniqueId, until: 0 } };
    });
    return hasPlain ? [event, ...copies] : copies;
  }

  /** Completes the next epochs of the queues. `last`: the position of the last copy. */
  complete(epochs: readonly EpochRow[], last: number): readonly EpochRow[] {
    const byQueue = new Map(epochs.map((row) => [row.queue, row]));
    for (const [channel, { table, stamp }] of this.#channels) {
      const row = byQueue.get(channel) ?? nextEpoch(table, stamp.at);
      // Later reads do not count: what was decided since is not known here.
      const epoch = table.newest.epoch + 1;
      byQueue.set(channel, { ...row, epoch, copiedPosition: last });
    }
    return [...byQueue.values()];
  }
}
