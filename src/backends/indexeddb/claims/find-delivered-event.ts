import type { SettleTarget } from '../../../queue/event-store.ts';
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
import { loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { positionKey, unpackSpans } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import type { ClaimRow, EpochRow, Position, WaitingRow } from '../schema/schema.ts';

/** Where an event lies that was claimed under the lease that is asked about; or, where that is not to be found, whether it is stored. */
export type Located = { readonly queue: string; readonly place: Position } | 'stale' | 'gone';

/** Rows with payloads, and rows without, that one step reads. */
const PAYLOAD_ROWS = 32;
const SMALL_ROWS = 256;

/**
 * Finds events by id and lease alone: such that another context was given, or this one so long ago that it has forgotten. First
 * by the claims under these leases; then, where their rows are gone, among all that is held or waits again. Each step is a
 * transaction of its own that reads few rows, and one follows the other, so that no other context waits for long.
 */
export async function findDeliveredEvents(
  connection: Connection,
  targets: readonly SettleTarget[],
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
  readonly found = new Map<SettleTarget, Located>();
  readonly #connection: Connection;
  readonly #targets: readonly SettleTarget[];

  constructor(connection: Connection, targets: readonly SettleTarget[]) {
    this.#connection = connection;
    this.#targets = targets;
  }

  /** Those whose claims have a row, though they may have ended. */
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

  /** All of a queue that is held, or waits again. */
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

  /** The claims that do not say that they hold more than is stored. */
  async #bounded(rows: readonly ClaimRow[]): Promise<readonly ClaimRow[]> {
    const bounded: ClaimRow[] = [];
    for (const row of rows) if (await isBounded(this.#connection, row)) bounded.push(row);
    return bounded;
  }

  #missing(queue?: string): SettleTarget[] {
    return this.#targets.filter(
      (target) =>
        !this.found.has(target) && (!queue || !target.channel || target.channel === queue),
    );
  }

  /** Searches the events at these positions for the missing ones. */
  async #match(
    queue: string,
    places: readonly Position[],
    find: (place: Position, target: SettleTarget) => Located | undefined,
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

function* fewRowsAtATime(places: readonly Position[]): Generator<readonly Position[]> {
  let few: Position[] = [];
  let rows = new Set<number | string>();
  for (const place of places) {
    const row = typeof place.at === 'string' ? place.at : place.seq;
    if (rows.size === PAYLOAD_ROWS && !rows.has(row)) {
      yield few;
      few = [];
      rows = new Set();
    }
    rows.add(row);
    few.push(place);
  }
  if (few.length > 0) yield few;
}

/** Of each queue that can be used. One read for each: what is kept of a minute's work is passed over. */
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

/** Of these queues. */
async function newestOf(connection: Connection, queues: ReadonlySet<string>): Promise<EpochRow[]> {
  const newest = await Promise.all([...queues].map((queue) => readNewest(connection, queue)));
  return newest.filter((row): row is EpochRow => isSound('epochs', row));
}
