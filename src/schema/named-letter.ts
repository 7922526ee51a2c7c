import type { DeadLetter } from '../core/events/message.ts';
import { isRefused } from '../core/reports/refusal-reports.ts';

/** The store keeps the reason `rejected` and the error. The error shows that the schema refused the payload. */
export function namedLetter<Letter extends Pick<DeadLetter, 'lastError'> & Partial<DeadLetter>>(
  letter: Letter,
): Letter {
  return isRefused(letter, 'SchemaError') ? { ...letter, reason: 'invalid' } : letter;
}
