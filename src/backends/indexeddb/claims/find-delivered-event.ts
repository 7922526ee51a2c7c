import type { ForeignTarget } from '../../../queue/event-store.ts';
import type { Connection } from '../database/connection.ts';
import {
  CLAIM_STORES,
  lowWaterOf,
  ofQueue,
  readNewest,
  requestClaim,
  requestClaims,
  soundClaims,
} from '../scanning/claim-table.ts';
import { checkInlineClaim } from '../scanning/inline-claims.ts';
import { isBounded } from '../scanning/large-claims.ts';
import { fewRowsAtATime, loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { positionKey, unpackSpans } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import type { ClaimRow, EpochRow, Position, WaitingRow } from '../schema/schema.ts';

/** Where the event of a lease is. If its claim is gone: `stale` if the event is still stored, otherwise `gone`. */
export type Located = { readonly queue: string; readonly place: Position } | 'stale' | 'gone';

/** How many rows without payloads one step reads. */
const SMALL_ROWS = 256;

/**
 * Finds events by id and lease alone. Another context got them, or this context got them long ago and has forgotten them.
 * The search reads the claims with these leases first. For claims without a row it reads all held and waiting events. Each
 * step is a separate transaction that reads few rows, and the steps do not overlap, so no other context waits for long.
 */
export async function findDeliveredEvents(
  connection: Connection,
  targets: readonly ForeignTarget[],
): Promise<Located[]> {
  const search = new Search(connection, targets);
  const isEverywhere = targets.some(({ channel }) => channel === undefined);
  const newest = isEverywhere
    ? await newestEpochs(connection)
    : await newestOf(connection, new Set(targets.map(({ channel }) => channel as string)));
  for (const { queue } of newest) await search.byClaims(queue);
  for (const row of newest) await search.all(row);
  return targets.map((target) => search.found.get(target) ?? 'gone');
}

class Search {
  readonly found = new Map<ForeignTarget, Located>();
  readonly #connection: Connection;
  readonly #targets: readonly ForeignTarget[];

  constructor(connection: Connection, targets: readonly ForeignTarget[]) {
    this.#connection = connection;
    this.#targets = targets;
  }

  /** Searches the claims that have a row. They may have ended. */
  async byClaims(queue: string): Promise<void> {
    const leases = new Set(this.#missing(queue).map(({ lease }) => lease));
    if (leases.size === 0) return;
    const { claims } = await this.#connection.read(CLAIM_STORES, (tx) => ({
      claims: [...leases].map((epoch) => requestClaim(tx, { queue, epoch })),
    }));
    for (const { epochs, claims: changed } of claims) {
      const inline = epochs.result.filter((row) => row.claim && checkInlineClaim(row) === 'ok');
      const rows = [
        ...inline.flatMap(({ claim }) => claim ?? []),
        ...changed.result.filter((row) => isSound('claims', row)),
      ];
      for (const row of await this.#bounded(rows))
        await this.#match(queue, unpackSpans(row), (place, { lease }) =>
          lease === row.epoch ? { queue, place } : undefined,
        );
    }
  }

  /** Searches all held and all waiting events of a queue. */
  async all(newest: EpochRow): Promise<void> {
    const { queue } = newest;
    if (this.#missing(queue).length === 0) return;
    const held = await this.#connection.read(CLAIM_STORES, (tx) =>
      requestClaims(tx, queue, lowWaterOf(newest)),
    );
    for (const row of await this.#bounded(soundClaims(held)))
      await this.#match(queue, unpackSpans(row), () => 'stale');
    for (let range: IDBKeyRange | null = ofQueue(queue); range; ) {
      const step = range;
      const { result } = await this.#connection.read(['returned'], (tx) =>
        tx.objectStore('returned').getAll(step, SMALL_ROWS),
      );
      const rows = result as WaitingRow[];
      const sound = rows.filter((row) => isSound('returned', row));
      await this.#match(queue, sound, () => 'stale');
      const last = rows.at(-1);
      const isCut = rows.length === SMALL_ROWS && this.#missing(queue).length > 0;
      range = last && isCut ? IDBKeyRange.bound(keyOfWaiting(last), [queue, []], true) : null;
    }
  }

  /** The claims whose rows do not name more events than are stored. */
  async #bounded(rows: readonly ClaimRow[]): Promise<readonly ClaimRow[]> {
    const bounded: ClaimRow[] = [];
    for (const row of rows) if (await isBounded(this.#connection, row)) bounded.push(row);
    return bounded;
  }

  #missing(queue?: string): ForeignTarget[] {
    return this.#targets.filter(
      (target) =>
        !this.found.has(target) && (!queue || !target.channel || target.channel === queue),
    );
  }

  /** Searches the events at these positions for the missing ones. */
  async #match(
    queue: string,
    places: readonly Position[],
    find: (place: Position, target: ForeignTarget) => Located | undefined,
  ): Promise<void> {
    for (const few of fewRowsAtATime(places)) {
      const missing = this.#missing(queue);
      if (missing.length === 0) return;
      const ids = new Set(missing.map(({ eventId }) => eventId));
      const events = await loadEvents(this.#connection, queue, few);
      for (const place of few) {
        const eventId = events.get(positionKey(place))?.eventId;
        if (eventId === undefined || !ids.has(eventId)) continue;
        for (const target of missing) {
          const located = target.eventId === eventId ? find(place, target) : undefined;
          if (located) this.found.set(target, located);
        }
      }
    }
  }
}

/** The newest epoch row of each queue, if it is usable. It reads one row for each queue, and skips the older ones. */
async function newestEpochs(connection: Connection): Promise<EpochRow[]> {
  const newest: EpochRow[] = [];
  for (let end: IDBValidKey = [[]]; ; ) {
    const before = IDBKeyRange.upperBound(end, true);
    const { result } = await connection.read(['epochs'], (tx) =>
      tx.objectStore('epochs').openCursor(before, 'prev'),
    );
    if (!result) return newest;
    if (isSound('epochs', result.value)) newest.push(result.value);
    end = [result.value.queue];
  }
}

/** The newest epoch rows of these queues, if they are usable. */
async function newestOf(connection: Connection, queues: ReadonlySet<string>): Promise<EpochRow[]> {
  const newest = await Promise.all([...queues].map((queue) => readNewest(connection, queue)));
  return newest.filter((row): row is EpochRow => isSound('epochs', row));
}
