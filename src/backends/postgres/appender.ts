import type { NewEvent } from '../../queue/event-store.ts';
import { APPEND, APPEND_PLAIN } from './append-sql.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
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
}

/** Stores events. Each append is one statement. */
export class Appender {
  readonly #parts: AppenderParts;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  /** Stores events, on the connection of a transaction if one is given. Ids that are remembered count as stored. */
  async append(events: readonly NewEvent[], now: number, on?: Connection): Promise<void> {
    await this.write(
      events.map((event) => writtenEvent(event)),
      now,
      on,
    );
  }

  /** Resolves with the numbers of the events that were stored. */
  async write(
    events: readonly Appended[],
    now: number,
    on?: Connection,
  ): Promise<ReadonlySet<number>> {
    const all = distinct(events);
    const isPlain = all.every(
      ({ details, until, spare, letter }) =>
        details === null && until === null && spare === null && letter === undefined,
    );
    const hints = JSON.stringify(this.#parts.notify ? this.#hintsOf(all) : []);
    if (isPlain) {
      await this.#parts.database.run(
        APPEND_PLAIN,
        [JSON.stringify(all.map(plainRow)), now, hints],
        on,
      );
      return new Set(all.keys());
    }
    const append = () =>
      this.#parts.database.run<{ stored: number[] | null }>(
        APPEND,
        [JSON.stringify(all.map(fullRow)), now, hints],
        on,
      );
    // An event of the same id was stored at the same time, and is there now. Inside a transaction of the program nothing can be tried again.
    const { stored } = await append().catch((error: unknown) => {
      if (on || !isUniqueViolation(error)) throw error;
      return append();
    });
    return new Set(stored ?? []);
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

function plainRow(
  { id, channel, payload, metadata, created, available }: WrittenEvent,
  n: number,
): object {
  return { n, id, channel, payload, metadata, created, available };
}

function fullRow({ hint, details, ...event }: Appended, n: number): object {
  return { n, ...event, detailed: details !== null, ...details };
}
