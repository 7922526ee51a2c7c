import type { Failure } from './message.ts';
import { show } from './options.ts';

/** What of an error is kept at most, in UTF-16 code units; what is longer ends in `…`. */
const MAX_NAME_LENGTH = 100;
const MAX_MESSAGE_LENGTH = 1_000;

const UNREADABLE = 'cannot be read';

/**
 * Two strings of bounded length for whatever was thrown or given as an error: a name of at most 100 characters and a
 * message of at most 1,000. What has a `message` is an error, of whatever realm; strings are kept as they are, other
 * parts as JSON or, where that fails, by their kind. Never throws, though a getter or a proxy within does. What it
 * returns comes out unchanged when it is described again.
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

/** A part of an error as a string of at most `maxLength` characters; empty where there is none. Never throws. */
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

/** Not between the two halves of a character. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
