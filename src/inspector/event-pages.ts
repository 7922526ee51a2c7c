import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import type { ReadPage } from './event-reader.ts';
import { KnownEvents } from './known-events.ts';

/** Events of a page that is shown. */
const PAGE = 100;

export interface EventPagesParts {
  readonly read: ReadPage;
  /** Most events of a page that is read for its cursor only. */
  readonly skip: number;
  readonly runtime: Pick<Runtime, 'after'>;
  /** The events on view, or their number, have changed. */
  readonly onChange: () => void;
  readonly onFault: (error: unknown) => void;
}

/**
 * The events of one browse by their index, of which a few pages are kept. Pages are read in order only, so the way to a distant
 * index leads over large pages, whose cursors are kept. One read runs at a time, and reads go towards the newest place that is
 * wanted, so that fast scrolling costs few reads.
 */
export class EventPages {
  readonly #parts: EventPagesParts;
  #known = new KnownEvents();
  #wanted = { first: 0, last: 0 };
  #counted = 0;
  #isStale = false;
  #isReading = false;
  /** Ends the rest between two reads. Undefined after the end. */
  #stopRest: Stop | undefined = ignore;

  constructor(parts: EventPagesParts) {
    this.#parts = parts;
  }

  get total(): number {
    return this.#known.total(this.#counted);
  }

  /** Where a distant index is wanted: how far the reads have come. */
  get progress(): number | undefined {
    const { first } = this.#wanted;
    return this.#isReading && !this.at(first) ? this.#known.markBefore(first).index : undefined;
  }

  at(index: number): BrowsedEvent | undefined {
    return this.#known.at(index);
  }

  /** A cursor after which the event at `index` follows within a page. */
  cursorBefore(index: number): string | undefined {
    return this.#known.markBefore(index).after;
  }

  /** The number of events by the channel's counts. */
  count(counted: number): void {
    this.#counted = counted;
  }

  /** Reads what is missing between two indices. */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    void this.#run();
  }

  /** Begins again: the first page replaces all that is known. */
  refresh(): void {
    this.#isStale = true;
    void this.#run();
  }

  end(): void {
    this.#stopRest?.();
    this.#stopRest = undefined;
  }

  async #run(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#stopRest && (await this.#step())) await this.#rest();
    } catch (error) {
      if (this.#stopRest) this.#parts.onFault(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Reads one page. Resolves with whether another may be missing. */
  async #step(): Promise<boolean> {
    const isNew = this.#isStale;
    const missing = isNew ? 0 : this.#firstMissing();
    if (missing === undefined) return false;
    const known = isNew ? new KnownEvents() : this.#known;
    const { index, after } = known.markBefore(missing);
    // Pages begin at multiples of their size, so that those of two scrolls are the same.
    const gap = Math.floor(missing / PAGE) * PAGE - index;
    this.#isStale = false;
    const limit = gap > 0 ? Math.min(gap, this.#parts.skip) : PAGE;
    const page = await this.#parts.read(limit, after).catch((error) => {
      this.#isStale ||= isNew;
      throw error;
    });
    if (!this.#stopRest) return false;
    known.note(index, page, gap <= 0);
    this.#known = known;
    this.#parts.onChange();
    return true;
  }

  /** A backend in memory answers at once. The page must be able to draw and to scroll between two reads. */
  #rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopRest = this.#parts.runtime.after(0, resolve);
    });
  }

  #firstMissing(): number | undefined {
    const { first, last } = this.#wanted;
    for (let index = first; index <= Math.min(last, this.total - 1); index += 1)
      if (!this.at(index)) return index;
    return undefined;
  }
}
