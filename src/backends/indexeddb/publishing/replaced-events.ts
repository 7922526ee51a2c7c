import type { ObserverEvent } from '../../../core/reports/observer.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import type { Claimers } from '../claiming/claimers.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import type { Connection } from '../database/connection.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import type { Write } from '../database/transactions.ts';
import { readCancelled } from '../scanning/cancelled-events.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  requestClaims,
  storedLowWater,
  storedNewest,
} from '../scanning/claim-table.ts';
import { isParked } from '../scanning/key-snapshot.ts';
import { fewRowsAtATime, loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { positionKey } from '../schema/held-spans.ts';
import { endedRowOf, freedRowOf } from '../schema/key-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import { BLOCKED_AT, type EpochRow, type WaitingRow } from '../schema/schema.ts';
import { FreshKeys } from './fresh-keys.ts';
import { type Copying, ReplacedInGroups } from './replaced-in-groups.ts';
import { replacedKeys, resultsOf, type WithId } from './replaced-keys.ts';

/** How many waiting rows one read takes. */
const ROWS_AT_ONCE = 256;

/** What the commit of replacing events writes beside them. */
export interface Replacement {
  /** The oldest of the reads on which it is based. */
  readonly stamp: ReadStamp;
  /** Removes the events. */
  readonly writes: readonly Write[];
  /** The next epoch of each queue. A claim that takes one of the events adds the same epoch, so one of both fails. */
  readonly epochs: readonly Write[];
  /** The reports. */
  readonly replaced: readonly ObserverEvent[];
}

/** What is found in one queue. */
interface Found extends Omit<Replacement, 'epochs'> {
  readonly epoch: EpochRow;
}

export interface ReplacingParts {
  readonly connection: Connection;
  readonly claimers: Pick<Claimers, 'use'>;
  readonly report: (event: ObserverEvent) => void;
  /** Undefined in a context that copies nothing to groups. */
  readonly copying: () => Copying | undefined;
}

/** Replaces waiting events: what a commit of new events needs for that. */
export class ReplacedEvents {
  readonly #parts: ReplacingParts;
  readonly #fresh: FreshKeys;

  constructor(parts: ReplacingParts) {
    this.#parts = parts;
    this.#fresh = new FreshKeys(parts.connection);
  }

  /** To be called when another database is in use. */
  clear(): void {
    this.#fresh.clear();
  }

  /** Calls `attempt` once, in order with the claims of the queues in which events are replaced, as far as these are known. */
  async decide(events: readonly NewEvent[], attempt: () => Promise<boolean>): Promise<boolean> {
    const { claimers, copying } = this.#parts;
    const channels = [...replacedKeys(events).keys()];
    const groupsOf = (channel: string) => copying()?.groupsOf(channel) ?? [];
    const queues = channels.flatMap((channel) => [channel, ...groupsOf(channel)]).sort();
    const isDone = await queues.reduceRight(
      (inner, queue) => () => claimers.use(queue).decide(1, inner),
      attempt,
    )();
    if (!isDone) for (const queue of queues) claimers.use(queue).noteLoss();
    return isDone;
  }

  /** `own`: events with rows of their own. */
  prepare(own: readonly NewEvent[], grouped: ReadonlySet<string>): Promise<ReplacedInGroups> {
    const inGroups = own.filter(({ channel }) => grouped.has(channel));
    return ReplacedInGroups.prepare(inGroups, this.#parts.copying());
  }

  /**
   * The events that wait and were never delivered, of keys that `events` replace. The epoch of a queue is read first: what is
   * claimed, cancelled or replaced from then on makes the commit fail. Undefined without such a key. `superseded`: events that
   * later ones of their commit replace. `last`: the position of the last of the events.
   */
  async find(
    events: readonly NewEvent[],
    superseded: readonly NewEvent[],
    { inGroups, last }: { readonly inGroups: ReplacedInGroups | undefined; readonly last: number },
  ): Promise<Replacement | undefined> {
    const found: Found[] = [];
    for (const [queue, keys] of replacedKeys(events))
      found.push(await findIn(this.#parts.connection, this.#fresh, queue, keys));
    const stamp = inGroups?.stamp ?? found[0]?.stamp;
    const epochs = found.map(({ epoch }) => epoch);
    return (
      stamp && {
        stamp,
        writes: [
          ...superseded.flatMap((event) => resultsOf(event.channel, [event], event.createdAt)),
          ...found.flatMap(({ writes }) => writes),
        ],
        epochs: (inGroups?.complete(epochs, last) ?? epochs).map((row) => ['add', 'epochs', row]),
        replaced: [
          ...found.flatMap(({ replaced }) => replaced),
          ...superseded.map(({ channel, eventId }) => replacedReport(channel, eventId)),
        ],
      }
    );
  }

  report({ replaced }: Replacement): void {
    for (const event of replaced) this.#parts.report(event);
  }
}

function replacedReport(channel: string, eventId: string): ObserverEvent {
  return { type: 'replaced', channel, eventId };
}

async function findIn(
  connection: Connection,
  fresh: FreshKeys,
  queue: string,
  keys: ReadonlySet<string>,
): Promise<Found> {
  // A backlog takes a while. It is read before the stamp, which must not be old at the commit.
  await fresh.read(await storedNewest(connection, queue));
  const stamp = await connection.stamp();
  const from = await storedLowWater(connection, queue);
  const claims = await connection.read(CLAIM_STORES, (tx) => requestClaims(tx, queue, from));
  const table = claimTableOf(queue, claims, from);
  const { newest } = table;
  // The group is deleted since its channel was read. Its epoch is taken, so the commit fails.
  if (newest.isEnded) return { stamp, writes: [], epoch: newest, replaced: [] };
  const epoch = nextEpoch(table, stamp.at);
  const [{ writes, removed }, cancelled, found] = await Promise.all([
    removeWaiting(connection, queue, keys, String(epoch.epoch)),
    readCancelled(connection, newest),
    fresh.find(newest, keys),
  ]);
  const places = found.filter((place) => !cancelled?.has(positionKey(place)));
  const cancelledSeq = places.at(-1)?.seq ?? 0;
  const ids = [...removed, ...places].map(({ eventId }) => eventId);
  return {
    stamp,
    writes: [
      ...writes,
      ...resultsOf(queue, [...removed, ...places], stamp.at),
      ...(newest.isAwaited
        ? [['put', 'returned', endedRowOf(queue, String(epoch.epoch), ids)] as const]
        : []),
      ...places.map(
        ({ seq, at }) => ['put', 'cancelled', { v: ROW_VERSION, queue, seq, at }] as const,
      ),
    ],
    epoch:
      cancelledSeq > 0
        ? { ...epoch, cancelledSeq: Math.max(cancelledSeq, newest.cancelledSeq ?? 0) }
        : epoch,
    replaced: ids.map((eventId) => replacedReport(queue, eventId)),
  };
}

/** An event of a key that was delivered and is parked may have waited for one that is removed: the key is freed. */
async function removeWaiting(
  connection: Connection,
  queue: string,
  keys: ReadonlySet<string>,
  name: string,
): Promise<{ readonly writes: readonly Write[]; readonly removed: readonly WithId[] }> {
  const rows: WaitingRow[] = [];
  for (const key of keys) rows.push(...(await readWaiting(connection, queue, key)));
  const undelivered = rows.filter((row) => row.attempts === 0 && !row.isDelivered);
  const writes: Write[] = [];
  const removed: WithId[] = [];
  for (const few of fewRowsAtATime(undelivered)) {
    const events = await loadEvents(connection, queue, few);
    for (const row of few as readonly WaitingRow[]) {
      const event = events.get(positionKey(row));
      // Without a usable payload it is no event. The next claim moves its row to quarantine.
      if (!event) continue;
      removed.push(event);
      writes.push(['delete', 'returned', keyOfWaiting(row)]);
      if (typeof row.at === 'string') writes.push(['delete', 'late', row.at]);
    }
  }
  const held = rows.filter((row) => isParked(row) && !undelivered.includes(row));
  const freed = [...new Set(held.flatMap(({ key }) => key ?? []))];
  if (removed.length > 0 && freed.length > 0)
    writes.push(['put', 'returned', freedRowOf(queue, name, freed)]);
  return { writes, removed };
}

async function readWaiting(
  connection: Connection,
  queue: string,
  key: string,
): Promise<WaitingRow[]> {
  const rows: WaitingRow[] = [];
  for (let after: IDBValidKey[] = [queue, key]; ; ) {
    const range = IDBKeyRange.bound(after, [queue, key, []], true);
    const { result } = await connection.read(['returned'], (tx) =>
      tx.objectStore('returned').index('key').getAll(range, ROWS_AT_ONCE),
    );
    for (const row of result as WaitingRow[])
      if (isSound('returned', row) && row.dueAt !== BLOCKED_AT) rows.push(row);
    const last = (result as WaitingRow[]).at(-1);
    if (!last || result.length < ROWS_AT_ONCE) return rows;
    after = [queue, key, last.seq, last.at];
  }
}
