import { groupOfQueue } from '../../../core/options/queue-name.ts';
import { codeOf } from '../../../core/reports/errors.ts';
import type { GroupStore } from '../../../queue/event-store.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import { readClaims } from '../cleanup/read-claims.ts';
import {
  type GroupsRow,
  publicName,
  queueOfGroups,
  soundGroupsRows,
} from '../schema/groups-row.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import { clearQueue, endQueue } from './clear-queue.ts';
import { requestUncopied } from './copy-events.ts';
import type { GroupedStore } from './grouped-store.ts';

type Groups = Pick<GroupsRow, 'queues' | 'hasPlain' | 'ended'>;

/** A channel that never had groups. */
const NO_GROUPS: Groups = { queues: [], hasPlain: true, ended: [] };

/**
 * Creates, deletes and lists the groups of a store. A change is a decision of the channel's plain queue: it adds a
 * {@link GroupsRow}, and the next epoch of the queue. So changes, copy steps and claims exclude each other, and the key of the
 * row is the point of the commit order from which on the change has effect.
 */
export class IndexedDbGroups implements GroupStore {
  readonly #store: GroupedStore;

  constructor(store: GroupedStore) {
    this.#store = store;
  }

  async create(channel: string, group: string, hasPlain: boolean): Promise<boolean> {
    const queue = `${channel}@${group}@${this.#store.newId()}`;
    let found: string | undefined;
    const isCreated = await this.#change(channel, (groups) => {
      found = find(groups, publicName(queue));
      if (found !== undefined) return undefined;
      const queues = [...groups.queues, queue];
      return { ...groups, queues, hasPlain: groups.hasPlain && hasPlain };
    });
    await this.#cleanUp(channel);
    // The first try was committed, and its answer was lost.
    return isCreated || found === queue;
  }

  async delete(channel: string, group: string): Promise<boolean> {
    const isDeleted = await this.#change(channel, (groups) => {
      const queue = find(groups, `${channel}@${group}`);
      if (!queue) return undefined;
      const queues = groups.queues.filter((other) => other !== queue);
      const hasPlain = groups.hasPlain || queues.length === 0;
      return { queues, hasPlain, ended: [...groups.ended, queue] };
    });
    // Also where an earlier deletion failed here. Until then its consumers get events of the group.
    const { groups } = await this.#read(channel);
    for (const queue of groups.ended) await endQueue(this.#store.store, queue);
    await this.#cleanUp(channel);
    return isDeleted;
  }

  async list(channel: string): Promise<string[]> {
    const { groups } = await this.#read(channel);
    return groups.queues.map((queue) => groupOfQueue(publicName(queue)) as string);
  }

  /** `next` returns undefined where nothing is to be changed. Resolves with whether there was a change. */
  async #change(channel: string, next: (groups: Groups) => Groups | undefined): Promise<boolean> {
    const { store, copier } = this.#store;
    const isChanged = await store.claimers.use(channel).decide(1, async () => {
      const snapshot = await readClaims(store.counter.connection, channel);
      // Read after the epoch: where another context changes the groups from now on, this decision fails.
      const { groups, lastSeq } = await this.#read(channel);
      const changed = next(groups);
      if (!changed) return false;
      const { queues, hasPlain, ended } = changed;
      const row = { v: ROW_VERSION, queue: queueOfGroups(channel), queues, hasPlain, ended };
      // No group gets the segments that are stored already.
      const { copiedSeq = lastSeq + 1 } = snapshot.newest;
      const isMade = await store.counter.connection.decide(snapshot.stamp, [
        ['add', 'segments', row satisfies GroupsRow],
        ['add', 'epochs', { ...nextEpoch(snapshot, snapshot.stamp.at), copiedSeq }],
      ]);
      return isMade || undefined;
    });
    copier.learn(channel);
    return isChanged;
  }

  async #read(channel: string): Promise<{ readonly groups: Groups; readonly lastSeq: number }> {
    const { connection } = this.#store.store.counter;
    const { groups, last } = await connection.read(['segments'], (tx) =>
      requestUncopied(tx, channel),
    );
    const lastSeq = Number(last.result?.key ?? 0);
    return { groups: soundGroupsRows(groups.result).at(-1) ?? NO_GROUPS, lastSeq };
  }

  /** The change is made whatever becomes of this. The next change of the channel's groups tries again. Never rejects. */
  async #cleanUp(channel: string): Promise<void> {
    await this.#clearEnded(channel).catch((error: unknown) => {
      if (codeOf(error) === 'closed') return;
      this.#store.report({ type: 'fault', during: 'clean-up', channel, error });
    });
  }

  /** Clears what deleted groups have left, also those of contexts that ended before it was done. */
  async #clearEnded(channel: string): Promise<void> {
    const { groups } = await this.#read(channel);
    const cleared = new Set<string>();
    for (const queue of groups.ended)
      if (await clearQueue(this.#store.store, queue)) cleared.add(queue);
    if (cleared.size === 0) return;
    await this.#change(channel, (now) => {
      return { ...now, ended: now.ended.filter((queue) => !cleared.has(queue)) };
    });
  }
}

function find({ queues }: Groups, name: string): string | undefined {
  return queues.find((queue) => publicName(queue) === name);
}
