import type { Failure } from '../events/death-reason.ts';
import type { Writable } from '../runtime/writable.ts';
import { cut, describeFailure } from './describe-failure.ts';
import { checkChoice, checkOptions, checkWholeNumber, refuse, show } from './options.ts';
import { checkRetryReason } from './retry-now-options.ts';
import type { AckOptions, NackOptions, RejectOptions } from './settling-arguments.ts';

/** Longest note that is kept, in UTF-16 code units. A longer note is cut and ends in `…`. */
export const MAX_NOTE_LENGTH = 10_000;

const OPTION_NAMES: Readonly<Record<'ack' | 'nack' | 'reject', readonly string[]>> = {
  ack: ['reply'],
  nack: ['delayMs', 'error', 'countsAsAttempt', 'reason'],
  reject: ['reason', 'error'],
};

/** Checked options of a settlement. */
export interface SettlingOptions
  extends AckOptions,
    Omit<NackOptions, 'reason'>,
    Omit<RejectOptions, 'reason'> {
  /** `'offline'` for a nack, the note for a reject. */
  readonly reason?: string | undefined;
  readonly error?: Failure | undefined;
}

/**
 * A checked copy of the options of a settlement. Getters of the caller run here and nowhere later. An error becomes a
 * {@link Failure}, and a long note is cut. The channel and the backend both call this, so a result that is checked again is
 * unchanged. Throws a `TypeError` for options that the verb does not have, and for values out of range.
 */
export function settlingOptions(verb: 'ack' | 'nack' | 'reject', given: unknown): SettlingOptions {
  if (given === undefined) return {};
  checkOptions(given);
  const names = OPTION_NAMES[verb];
  const plain: Writable<SettlingOptions> = {};
  // An error has no enumerable properties, so it would pass for empty options.
  if ('message' in (given as object))
    throw new TypeError(`options must be an object with ${names.join(' or ')}, got an error`);
  for (const option of Object.keys(given as object))
    if (!names.includes(option)) throw new TypeError(`${verb} has no option ${show(option)}`);
  const { reply, delayMs, reason, error, countsAsAttempt } = given as SettlingOptions;
  if (reply !== undefined) plain.reply = reply;
  if (delayMs !== undefined) plain.delayMs = checkWholeNumber('delayMs', delayMs, 0);
  if (countsAsAttempt !== undefined) {
    checkChoice('countsAsAttempt', countsAsAttempt, [true, false]);
    plain.countsAsAttempt = countsAsAttempt;
  } else if (verb === 'nack' && reason === 'offline') plain.countsAsAttempt = false;
  if (reason !== undefined && reason !== null)
    plain.reason = verb === 'nack' ? checkRetryReason(reason) : noteOf(reason);
  if (error !== undefined && error !== null) plain.error = describeFailure(error);
  return plain;
}

function noteOf(reason: unknown): string {
  if (typeof reason !== 'string') refuse('reason', 'a string', reason);
  return cut(reason, MAX_NOTE_LENGTH);
}
