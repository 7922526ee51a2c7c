import type { Connection } from '../database/connection.ts';
import { comparePositions, countHeld } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import type { ClaimRow, HeldSpan } from '../schema/schema.ts';
import { unusableClaim } from './claim-table.ts';
import type { QueueSnapshot } from './queue-snapshot.ts';

/** A claim row that names more events than this is used only after its segments were read. */
const LARGE_EVENTS = 1_000;

/** Segments that one transaction reads. */
const PAGE = 32;

/**
 * Finds claims whose rows name events that do not exist. Any script of the origin may write a small row that names very many
 * events. The work and memory that a row causes must be bounded by the stored events. Small claims are bounded by their size,
 * and their missing events are moved to quarantine one by one.
 *
 * Invariant: `#sound` has the claims, by epoch and generation, whose events were found. A claim row never changes without a
 * new generation.
 */
export class LargeClaims {
  readonly #connection: Connection;
  #sound: ReadonlySet<string> = new Set();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The snapshot with such claims among its unusable rows. The claims of this context are trusted, because it made them. */
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

/** Whether the claim may be unpacked, because it is small or all its spans are within stored segments. */
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

/** Whether the segments exist and have enough events. Reads segments of unknown size, and adds them to `sizes`. */
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

/** A segment, and the least number of events that it must have. */
interface Need {
  readonly seq: number;
  readonly size: number;
}

/** The needs of the spans, one segment after the other. The library writes spans in order, so others are foreign. */
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
