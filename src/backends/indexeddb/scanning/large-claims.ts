import type { Connection } from '../database/connection.ts';
import { comparePositions, countHeld } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import type { ClaimRow, HeldSpan } from '../schema/schema.ts';
import { unusableClaim } from './claim-table.ts';
import type { QueueSnapshot } from './queue-snapshot.ts';

/** A claim that says that it holds more events than this is believed only after its segments were read. */
const LARGE_EVENTS = 1_000;

/** Segments that one transaction reads. */
const PAGE = 32;

/**
 * Finds claims whose rows name events that are not there. A row is a number of bytes that any script of the origin may
 * write; what it makes a context do must be bounded by what is really stored. Small claims are bounded by their size,
 * and their missing events are moved to quarantine one by one.
 *
 * Invariant: `#sound` holds claims, by epoch and generation, that were read and are as they say. A claim's row never
 * changes under one generation.
 */
export class LargeClaims {
  readonly #connection: Connection;
  #sound: ReadonlySet<string> = new Set();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The view with those claims among its misfits. The context's own claims are not read: it made them. */
  async sort(snapshot: QueueSnapshot, owner: string): Promise<QueueSnapshot> {
    const large = snapshot.claims.filter(
      (claim) => claim.owner !== owner && countHeld(claim) > LARGE_EVENTS,
    );
    if (large.length === 0) return snapshot;
    const sound = new Set<string>();
    const bad: ClaimRow[] = [];
    for (const claim of large) {
      const name = `${claim.epoch}:${claim.generation}`;
      if (this.#sound.has(name) || (await isBounded(this.#connection, claim))) sound.add(name);
      else bad.push(claim);
    }
    this.#sound = sound;
    const unusable = bad.map((claim) =>
      unusableClaim(claim.generation === 0 ? 'epochs' : 'claims', claim, claim),
    );
    return {
      ...snapshot,
      claims: snapshot.claims.filter((claim) => !bad.includes(claim)),
      unusable: [...snapshot.unusable, ...unusable],
    };
  }
}

/** Whether the claim may be unpacked: it is small, or each of its spans lies within segments that are stored. */
export async function isBounded(connection: Connection, claim: ClaimRow): Promise<boolean> {
  if (countHeld(claim) <= LARGE_EVENTS) return true;
  const sizes = new Map<number, number>();
  let unread: Need[] = [];
  for (const need of needsOf(claim.held)) {
    if (need === 'unordered') return false;
    unread.push(need);
    if (unread.length < PAGE) continue;
    if (!(await areMet(connection, claim.queue, unread, sizes))) return false;
    unread = [];
  }
  return areMet(connection, claim.queue, unread, sizes);
}

/** Whether the segments are there and have as many events. Reads those whose sizes are not known, and notes these. */
async function areMet(
  connection: Connection,
  queue: string,
  needs: readonly Need[],
  sizes: Map<number, number>,
): Promise<boolean> {
  const seqs = [...new Set(needs.map(({ seq }) => seq))].filter((seq) => !sizes.has(seq));
  if (seqs.length > 0) {
    const rows = await connection.read(['segments'], (tx) =>
      seqs.map((seq) => tx.objectStore('segments').get(seq)),
    );
    for (const [index, { result }] of rows.entries()) {
      const isThere = isSound('segments', result) && result.queue === queue;
      sizes.set(seqs[index] as number, isThere ? result.ids.length : 0);
    }
  }
  return needs.every(({ seq, size }) => size <= (sizes.get(seq) ?? 0));
}

/** A segment, and how many events it must have at the least. */
interface Need {
  readonly seq: number;
  readonly size: number;
}

/** What the spans name, one segment after the other. Spans that are not in order are none that this library wrote. */
function* needsOf(held: readonly HeldSpan[]): Generator<Need | 'unordered'> {
  let last: HeldSpan | undefined;
  for (const span of held) {
    if (last && comparePositions(last, span) >= 0) yield 'unordered';
    last = span;
    const { at, count, segments = 1 } = span;
    if (typeof at !== 'number') continue;
    for (let segment = 0; segment < segments; segment += 1)
      yield { seq: span.seq + segment, size: at + count };
  }
}
