import type { Write } from '../database/transactions.ts';
import { isParked, type KeySnapshot } from '../scanning/key-snapshot.ts';
import { keyOfWaiting, type UnusableRow } from '../scanning/quarantine.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { carriedOf, type EventContent } from '../schema/event-rows.ts';
import { comparePositions } from '../schema/held-spans.ts';
import { freedRowOf, parkedRowOf } from '../schema/key-rows.ts';
import type { ClaimRow, Position, WaitingRow } from '../schema/schema.ts';

/** The most events that one claim parks. The next claim parks the rest. */
const MAX_PARKED = 512;

/** An event that its key holds back. */
export interface ParkedEvent extends Pick<Position, 'seq'> {
  readonly row: WaitingRow;
  /** The row that it replaces, where the event waited already. */
  readonly waitingRow?: WaitingRow;
  /** How many events the segment has. Absent where the event waited already. */
  readonly segmentSize?: number;
}

/** What a claim writes beside its events, so that keys keep their order. */
export interface KeyedChoice {
  readonly parked: readonly ParkedEvent[];
  /** The freed rows that the claim deletes. */
  readonly freed: readonly WaitingRow[];
  /** The keys of these rows whose next event is not in the claim. */
  readonly stillFreed: readonly string[];
  /** Whether there is anything to write. */
  readonly isChange: boolean;
}

interface Waiting extends Position {
  readonly waitingRow?: WaitingRow;
}

/**
 * Decides during one choice which events their keys let go. An event may be chosen if no context holds an event of its key, no
 * earlier event of the key waits, the key is not blocked, and no other event of the key is chosen. Others are parked.
 */
export class KeyGate {
  /** The due events that may be chosen. */
  readonly due: readonly WaitingRow[];
  readonly #queue: string;
  readonly #keys: KeySnapshot;
  readonly #freed: readonly WaitingRow[];
  readonly #parked: ParkedEvent[] = [];
  /** The keys of events that were chosen from segments. */
  readonly #taken = new Set<string>();
  /** The keys whose first event is let go, if it is parked and no context holds another one. */
  readonly #letGo: Set<string>;

  constructor({ queue, due, freed = [] }: QueueSnapshot, keys: KeySnapshot) {
    this.#queue = queue;
    this.#keys = keys;
    this.#freed = freed;
    this.#letGo = new Set(freed.flatMap(({ freed: all = [] }) => all));
    const admitted: WaitingRow[] = [];
    for (const row of due) {
      const { key } = row;
      if (key === undefined || this.#isFirst(key, row)) admitted.push(row);
      else {
        this.#park(row, row);
        // The first event may have been stored after this one was delivered, with a position that was read earlier. Nothing else
        // lets it go then.
        this.#letGo.add(key);
      }
    }
    for (const key of this.#letGo) {
      const next = this.#nextOf(key);
      if (next) admitted.push(next);
    }
    this.due = admitted;
  }

  /** Whether the claim parks as many events as it may. */
  get isFull(): boolean {
    return this.#parked.length >= MAX_PARKED;
  }

  /** Whether an event of a segment may be chosen. Parks it otherwise. */
  admits(event: EventContent, place: Position, segmentSize: number): boolean {
    const { key } = event;
    if (key === undefined) return true;
    if (!this.#taken.has(key) && this.#isFirst(key, place)) {
      this.#taken.add(key);
      return true;
    }
    const row = parkedRowOf(this.#queue, { ...place, ...carriedOf(event) });
    this.#parked.push({ seq: row.seq, row, segmentSize });
    return false;
  }

  /** Whether a due event may be chosen. A parked one may be behind an event of a segment, if it was published with a delay. */
  admitsWaiting({ waitingRow }: Waiting): boolean {
    if (waitingRow?.key === undefined || !this.#taken.has(waitingRow.key)) return true;
    if (!isParked(waitingRow)) this.#park(waitingRow, waitingRow);
    return false;
  }

  /** What the claim of these events must write for the keys. */
  end(chosen: readonly Waiting[]): KeyedChoice {
    const rows = new Set(chosen.map(({ waitingRow }) => waitingRow));
    const stillFreed = [...this.#letGo].filter((key) => {
      const next = this.#nextOf(key);
      return next && !rows.has(next);
    });
    const freed = this.#freed;
    const isChange = this.#parked.length + freed.length > 0;
    return { parked: this.#parked, freed, stillFreed, isChange };
  }

  #isFirst(key: string, place: Position): boolean {
    if (this.#keys.held.has(key)) return false;
    const first = this.#keys.first.get(key);
    return !first || comparePositions(first, place) >= 0;
  }

  #park(event: WaitingRow, waitingRow: WaitingRow): void {
    this.#parked.push({ seq: event.seq, row: parkedRowOf(this.#queue, event), waitingRow });
  }

  /** The first event of the key, if only the end of another one has held it back. */
  #nextOf(key: string): WaitingRow | undefined {
    const next = this.#keys.first.get(key);
    return next && isParked(next) && !this.#keys.held.has(key) ? next : undefined;
  }
}

const NO_KEYS = { parked: [], freed: [], stillFreed: [] };

/** The writes of a claim for the order of keys. A key whose next event cannot be used is freed again. */
export function keyWrites(
  { queue, epoch }: Pick<ClaimRow, 'queue' | 'epoch'>,
  { parked, freed, stillFreed }: Omit<KeyedChoice, 'isChange'> = NO_KEYS,
  unusable: readonly UnusableRow[],
): Write[] {
  const lost = unusable.flatMap(({ row }) => {
    const { key } = Object(row) as Partial<WaitingRow>;
    return typeof key === 'string' ? key : [];
  });
  const left = [...stillFreed, ...lost];
  const replaced = parked.flatMap(({ waitingRow }) => waitingRow ?? []);
  return [
    ...[...freed, ...replaced].map((row) => ['delete', 'returned', keyOfWaiting(row)] as const),
    ...parked.map(({ row }) => ['put', 'returned', row] as const),
    ...(left.length > 0
      ? [['put', 'returned', freedRowOf(queue, String(epoch), left)] as const]
      : []),
  ];
}
