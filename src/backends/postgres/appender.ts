import type { ObserverEvent } from '../../core/reports/observer.ts';
import { type BacklogLimit, backlogError, backlogLimitsOf } from '../../queue/backlog-limits.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { idOf } from '../../queue/written-id.ts';
import { APPEND, APPEND_PLAIN } from './append-sql.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { hashOf } from './hint-channel.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { type WrittenEvent, writtenEvent } from './written-event.ts';

interface Hint {
  readonly hint: string;
  /** As in sqlspec: the id of one event, or the number of several. */
  readonly body: string;
}

type Appended = WrittenEvent & { readonly letter?: number };

export interface AppenderParts {
  readonly database: Database;
  readonly notify: boolean;
  readonly randomId: () => string;
  readonly report: (event: ObserverEvent) => void;
}

/** A waiting event that a newer one of its key has replaced. */
interface ReplacedEvent {
  readonly queue: string;
  readonly name: string;
}

interface AppendAnswer {
  /** The first limit without room, by its number. */
  readonly full: { readonly n: number; readonly waiting: number } | null;
  /** Whether one of the channels has groups. */
  readonly grouped: boolean;
  /** The numbers of the events that were stored, or replaced within the append. */
  readonly stored: number[] | null;
  readonly replaced: readonly ReplacedEvent[] | null;
  readonly outdated: readonly ReplacedEvent[] | null;
}

/** Stores events. Each append is one statement, and one more for plain events of a channel that was found to have groups. */
export class Appender {
  readonly #parts: AppenderParts;
  /** The channels that had groups at the last append. */
  readonly #grouped = new Set<string>();

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  /**
   * Stores events, on the connection of a transaction if one is given. Ids that are remembered count as stored. Error:
   * `backlog-full`.
   */
  async append(events: readonly NewEvent[], now: number, on?: Connection): Promise<void> {
    const written = events.map((event) => writtenEvent(event));
    await this.write(written, now, on, backlogLimitsOf(events));
  }

  /** Resolves with the numbers of the events that were stored. */
  async write(
    events: readonly Appended[],
    now: number,
    on?: Connection,
    limits: readonly BacklogLimit[] = [],
  ): Promise<ReadonlySet<number>> {
    const all = distinct(events);
    const hints = JSON.stringify(this.#parts.notify ? this.#hintsOf(all) : []);
    const isPlain = limits.length === 0 && all.every((event) => this.#isPlain(event));
    if (isPlain && (await this.#writePlain(all, now, hints, on))) return new Set(all.keys());
    const values = [
      JSON.stringify(all.map(fullRow)),
      now,
      hints,
      JSON.stringify(limits.map(limitRow)),
    ];
    const append = () => this.#parts.database.run<AppendAnswer>(APPEND, values, on);
    // An event of the same id was stored at the same time, and is there now. Inside a transaction of the program nothing can be tried again.
    const answer = await append().catch((error: unknown) => {
      if (on || !isUniqueViolation(error)) throw error;
      return append();
    });
    const limit = answer.full && limits[answer.full.n];
    if (limit) throw backlogError(limit, answer.full.waiting);
    this.#noteGroups(all, answer.grouped);
    for (const { queue, name } of [...(answer.replaced ?? []), ...(answer.outdated ?? [])])
      this.#parts.report({ type: 'replaced', channel: queue, eventId: idOf(name) });
    return new Set(answer.stored ?? []);
  }

  #isPlain({ channel, details, until, spare, letter }: Appended): boolean {
    const isLetter = letter !== undefined;
    const isNamed = until !== null || spare !== null;
    return details === null && !isNamed && !isLetter && !this.#grouped.has(channel);
  }

  /** Returns false if a channel has groups, so that nothing was stored. */
  async #writePlain(
    all: readonly Appended[],
    now: number,
    hints: string,
    on?: Connection,
  ): Promise<boolean> {
    const { database } = this.#parts;
    const values = [JSON.stringify(all.map(plainRow)), now, hints];
    const { grouped } = await database.run<Pick<AppendAnswer, 'grouped'>>(APPEND_PLAIN, values, on);
    return !grouped;
  }

  /** Several channels count as having groups if one has. */
  #noteGroups(events: readonly Appended[], grouped: boolean): void {
    for (const { channel } of events)
      if (grouped) this.#grouped.add(channel);
      else this.#grouped.delete(channel);
  }

  /** One hint for each channel. */
  #hintsOf(events: readonly WrittenEvent[]): Hint[] {
    const byHint = new Map<string, WrittenEvent[]>();
    for (const event of events) {
      if (event.hint === null) continue;
      const known = byHint.get(event.hint);
      if (known) known.push(event);
      else byHint.set(event.hint, [event]);
    }
    return [...byHint].map(([hint, [first, ...others]]) => {
      if (others.length === 0 && first?.details === null)
        return { hint, body: JSON.stringify({ event_id: first.id }) };
      const marker = { batch_size: others.length + 1, marker_id: this.#parts.randomId() };
      return { hint, body: JSON.stringify(marker) };
    });
  }
}

/** The events without repeats of an id, which a statement would refuse. A second event of one id takes its spare id. */
function distinct(events: readonly Appended[]): Appended[] {
  const remembered = new Set<string>();
  const used = new Set<string>();
  const all: Appended[] = [];
  for (const event of events) {
    const { channel, name, until, id, spare } = event;
    const line = JSON.stringify([channel, name]);
    if (until !== null && remembered.has(line)) continue;
    if (until !== null) remembered.add(line);
    const isUsed = used.has(id) && spare !== null;
    used.add(id);
    all.push(isUsed ? { ...event, id: spare } : event);
  }
  return all;
}

function limitRow({ channel, added, maxBacklog: most }: BacklogLimit, n: number): object {
  return { n, channel, added, most, lock: hashOf(channel) | 0 };
}

function plainRow(
  { id, channel, payload, metadata, created, available }: WrittenEvent,
  n: number,
): object {
  return { n, id, channel, payload, metadata, created, available };
}

function fullRow({ hint, details, ...event }: Appended, n: number): object {
  return { n, ...event, detailed: details !== null, ...details };
}
