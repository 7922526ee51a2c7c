import type { DeadLetter } from '../core/events/message.ts';
import type { LetterSelection } from '../core/options/dead-letter-options.ts';
import { refuse } from '../core/options/options.ts';
import { isRefused } from '../core/reports/refusal-reports.ts';
import { chain } from '../core/runtime/chain.ts';
import type { Codec } from './codec-options.ts';
import { decodeShown, UNDECODABLE } from './decode-event.ts';

/** How many dead letters are read at a time. */
export const PAGE = 100;

/** In place of a payload that does not decode. */
const MISSING = Symbol('missing');

interface Selection extends LetterSelection {
  readonly limit?: number | undefined;
}

/**
 * The options of a `redrive` or `purge`, for a backend that sees encoded letters: the reason `undecodable`, and a `filter` that
 * gets decoded letters. A backend calls a filter within a step, which cannot wait. So the filter is asked before, for one page
 * of letters after the other.
 */
export class LetterChoice {
  readonly #codec: Codec;
  readonly #options: Selection;
  /** The cursors of the letters that the filter has selected. */
  readonly #selected = new Set<string | undefined>();

  constructor(codec: Codec, options: Selection) {
    this.#codec = codec;
    this.#options = options;
  }

  /** Whether {@link ask} must be called with every dead letter before {@link options} are used. */
  get asks(): boolean {
    return typeof this.#options.filter === 'function';
  }

  /** Calls the filter with the letters of a page that meet the other conditions, and whose payloads decode. */
  ask(page: readonly DeadLetter[], from = 0): void | PromiseLike<void> {
    const letter = page[from];
    if (!letter) return undefined;
    const { ids, before = Number.POSITIVE_INFINITY } = this.#options;
    const isMeant =
      this.#meetsReason(letter) &&
      letter.diedAt < before &&
      ids?.includes(letter.eventId) !== false;
    return chain(isMeant && this.#judge(letter), (isSelected) => {
      if (isSelected) this.#selected.add(letter.cursor);
      return this.ask(page, from + 1);
    });
  }

  /** Whether the filter has selected as many letters as the call takes. */
  get isFull(): boolean {
    return this.#selected.size >= (this.#options.limit ?? Number.POSITIVE_INFINITY);
  }

  /** The options for the backend. */
  get options(): Selection {
    const { reason } = this.#options;
    const isOwn = reason === 'undecodable' || reason === 'rejected';
    if (!isOwn && !this.asks) return this.#options;
    const filter = (letter: DeadLetter) =>
      this.#meetsReason(letter) && (!this.asks || this.#selected.has(letter.cursor));
    return { ...this.#options, ...(isOwn && { reason: 'rejected' as const }), filter };
  }

  #judge(letter: DeadLetter): boolean | PromiseLike<boolean> {
    return chain(decodeShown(this.#codec, letter, MISSING), (decoded) => {
      if (decoded.payload === MISSING) return false;
      const isSelected: unknown = this.#options.filter?.(decoded);
      // A promise would count as true.
      if (typeof isSelected !== 'boolean')
        refuse('the answer of filter', 'true or false', isSelected);
      return isSelected;
    });
  }

  #meetsReason(letter: DeadLetter): boolean {
    const { reason } = this.#options;
    const isUndecodable = isRefused(letter, UNDECODABLE);
    if (reason === 'undecodable') return isUndecodable;
    return reason === undefined || (letter.reason === reason && !isUndecodable);
  }
}
