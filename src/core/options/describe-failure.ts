import type { Failure } from '../events/death-reason.ts';
import { show } from './options.ts';

/** Longest name and message that are kept, in UTF-16 code units. A longer text is cut and ends in `…`. */
const MAX_NAME_LENGTH = 100;
const MAX_MESSAGE_LENGTH = 1_000;

const UNREADABLE = 'cannot be read';

/**
 * A name of at most 100 characters and a message of at most 1,000, for any thrown value. A value with a `message` counts as an
 * error, in any realm. A name or message that is not a string is kept as JSON, or by its type if it has no JSON. Never throws,
 * even if a getter or a proxy does. A result that is described again is unchanged.
 */
export function describeFailure(error: unknown): Failure {
  try {
    if (typeof error !== 'object' || error === null || !('message' in error))
      return { name: typeof error, message: cut(show(error), MAX_MESSAGE_LENGTH) };
  } catch {
    return { name: 'object', message: UNREADABLE };
  }
  return {
    name: textOf(error, 'name', MAX_NAME_LENGTH) || 'Error',
    message: textOf(error, 'message', MAX_MESSAGE_LENGTH),
  };
}

/** A property of an error as a string of at most `maxLength` characters. Empty if it is absent. Never throws. */
export function textOf(error: object, part: 'name' | 'message', maxLength: number): string {
  try {
    const value = (error as Readonly<Record<string, unknown>>)[part] ?? '';
    if (typeof value === 'string') return cut(value, maxLength);
    const json = typeof value === 'object' ? JSON.stringify(value) : undefined;
    return cut(json ?? show(value), maxLength);
  } catch {
    return UNREADABLE;
  }
}

/** Cuts `text` to `maxLength`, and never between the two halves of a surrogate pair. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
