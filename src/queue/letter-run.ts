import type { DeadLetter } from '../core/events/message.ts';
import type {
  LetterOptions,
  PurgeProgress,
  RedriveProgress,
} from '../core/options/dead-letter-options.ts';
import {
  checkOptions,
  checkSignal,
  checkWholeNumber,
  refuse,
  show,
} from '../core/options/options.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { LetterStep, LetterStepResult } from './event-store.ts';
import { withGroup } from './group-queues.ts';

/** The options of either verb. */
export type LetterRunOptions = LetterOptions<unknown, RedriveProgress & PurgeProgress>;

const OPTIONS = ['ids', 'reason', 'before', 'filter', 'limit', 'onProgress', 'signal'];

/**
 * One `redrive` or `purge`, as a sequence of steps that a store takes one after the other. The first step finds the last letter
 * that there is. So letters that are added meanwhile are not taken, and an event that dies again is not redriven twice.
 */
export class LetterRun {
  count = 0;
  readonly #verb: LetterStep['verb'];
  readonly #channel: string;
  readonly #options: LetterRunOptions;
  /** The ids that were not found yet. Undefined: letters of any id are taken. */
  readonly #ids: Set<string> | undefined;
  #scanned = 0;
  #last: LetterStepResult | undefined;

  constructor(verb: LetterStep['verb'], channel: string, options: LetterRunOptions = {}) {
    checkLetterOptions(verb, options);
    this.#verb = verb;
    this.#channel = channel;
    this.#options = options;
    this.#ids = options.ids && new Set(options.ids);
  }

  /** The next step. Undefined if the run is over. Throws the signal's reason if it has aborted. */
  next(): LetterStep | undefined {
    const { limit = Number.POSITIVE_INFINITY, signal } = this.#options;
    const isOver = this.#last !== undefined && this.#last.after === undefined;
    if (isOver || this.count >= limit || this.#ids?.size === 0) return undefined;
    throwIfAborted(signal);
    return {
      verb: this.#verb,
      channel: this.#channel,
      after: this.#last?.after,
      until: this.#last?.until,
      limit: limit - this.count,
      selects: (letter, copy) => this.#selects(letter, copy),
    };
  }

  /** The step was taken. */
  note(result: LetterStepResult): void {
    this.#last = result;
    this.count += result.taken.length;
    this.#scanned += result.scanned;
    for (const eventId of result.taken) this.#ids?.delete(eventId);
    const done = this.#verb === 'redrive' ? { redriven: this.count } : { purged: this.count };
    const progress = { ...done, scanned: this.#scanned } as RedriveProgress & PurgeProgress;
    this.#options.onProgress?.(progress);
  }

  #selects(letter: DeadLetter, copy: () => DeadLetter): boolean {
    const { reason, before = Number.POSITIVE_INFINITY, filter } = this.#options;
    if (this.#ids && !this.#ids.has(letter.eventId)) return false;
    if (reason !== undefined && letter.reason !== reason) return false;
    if (!(letter.diedAt < before)) return false;
    if (!filter) return true;
    const selected: unknown = filter(withGroup(copy()));
    // A promise would count as true.
    if (typeof selected !== 'boolean') refuse('the answer of filter', 'true or false', selected);
    return selected;
  }
}

function checkLetterOptions(verb: string, options: LetterRunOptions): void {
  checkOptions(options);
  for (const option of Object.keys(options))
    if (!OPTIONS.includes(option)) throw new TypeError(`${verb} has no option ${show(option)}`);
  const { ids, reason, before, filter, limit, onProgress, signal } = options;
  const isListOfIds = Array.isArray(ids) && ids.every((id) => typeof id === 'string');
  if (ids !== undefined && !isListOfIds) refuse('ids', 'an array of event ids', ids);
  if (reason !== undefined && typeof reason !== 'string') refuse('reason', 'a string', reason);
  if (before !== undefined && !Number.isFinite(before))
    refuse('before', 'a time in epoch milliseconds', before);
  for (const [name, given] of Object.entries({ filter, onProgress }))
    if (given !== undefined && typeof given !== 'function') refuse(name, 'a function', given);
  if (limit !== undefined) checkWholeNumber('limit', limit, 1);
  checkSignal(signal);
}
