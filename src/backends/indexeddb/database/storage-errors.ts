import { AcklineError, codeOf, isBranded, QuotaError } from '../../../core/reports/errors.ts';
import { partOf } from '../../../core/runtime/part-of.ts';

/** The library's error for an error of the platform. */
export function storageError(cause: unknown): AcklineError {
  if (isBranded(cause, 'AcklineError')) return cause as AcklineError;
  if (nameOf(cause) === 'QuotaExceededError') return quotaError(cause);
  return new AcklineError('storage', failedBecause(cause), { cause });
}

/**
 * The error of a transaction that completed although a request failed: the row of that request is not stored, all others
 * are. The browser's error is one level deeper than usual, so that no caller repeats the transaction.
 */
export function partlyStoredError(failure: DOMException | null): AcklineError {
  const message = `IndexedDB completed a transaction in which a request failed: ${failure?.name}`;
  return new AcklineError('storage', message, { cause: storageError(failure) });
}

/** The error of a write that follows a commit of the same call. Its cause is one level deeper, too: a repetition would store twice. */
export function partlyWrittenError(cause: unknown): AcklineError {
  const message = 'the events are stored, but groups that were created meanwhile did not get them';
  return new AcklineError('storage', message, { cause: storageError(cause) });
}

export function failedBecause(cause: unknown): string {
  return `IndexedDB failed: ${nameOf(cause) ?? 'unknown error'}`;
}

/** Errors are compared by name, because errors of the platform may come from another realm. */
export function nameOf(error: unknown): unknown {
  return partOf(error, 'name');
}

export function quotaError(cause: unknown): QuotaError {
  return new QuotaError('the storage quota is used up; nothing was stored', { cause });
}

/** Whether the connection was closed before the transaction could begin. */
export function neverBegan(error: unknown): boolean {
  return nameOf(error) === 'InvalidStateError';
}

/** Whether the transaction was lost. Unless the error is a `RefusedError`, the connection was lost with it. */
export function isLost(error: unknown): boolean {
  if (codeOf(error) === 'quota') return false;
  const cause = isBranded(error, 'AcklineError') ? partOf(error, 'cause') : error;
  // WebKit gives no reason for a transaction that it aborts itself.
  if (cause === null || cause === undefined) return true;
  return /^(InvalidState|Abort|Unknown)Error$/.test(String(nameOf(cause)));
}
