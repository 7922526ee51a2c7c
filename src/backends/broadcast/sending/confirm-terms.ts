import type { Confirmation, ConfirmTerms } from '../../../core/events/receipts.ts';
import {
  applyOptions,
  checkOptions,
  checkWholeNumber,
  type Resolved,
  refuse,
} from '../../../core/options/options.ts';
import type { ConfirmDraft } from '../../../core/protocols/protocols.ts';
import { AcklineError } from '../../../core/reports/errors.ts';

export type ResolvedTerms = Resolved<Omit<ConfirmTerms, 'onReceipt'>> &
  Pick<ConfirmTerms, 'onReceipt'>;

type PublishOptionsAndTerms = NonNullable<ConfirmDraft['options']>;

const DEFAULT_TIMEOUT = { timeoutMs: 5_000 };
const TIMEOUT_RULES = { timeoutMs: 1 };

/** Separates the terms of the confirmation from the options of the event. */
export function splitTerms(given: PublishOptionsAndTerms | undefined): {
  readonly options: Omit<PublishOptionsAndTerms, keyof ConfirmTerms>;
  readonly terms: ResolvedTerms;
} {
  checkOptions(given);
  const { confirm = 'all', timeoutMs, onReceipt, ...options } = given ?? {};
  if (typeof confirm === 'number') checkWholeNumber('confirm', confirm, 0);
  else if (confirm !== 'all' && confirm !== 'reply')
    refuse('confirm', "'all', 'reply' or a whole number from 0", confirm);
  if (onReceipt !== undefined && typeof onReceipt !== 'function')
    refuse('onReceipt', 'a function', onReceipt);
  const timeout = applyOptions(DEFAULT_TIMEOUT, { timeoutMs }, TIMEOUT_RULES);
  return { options, terms: { confirm, onReceipt, ...timeout } };
}

/** The id of an event that was confirmed, or an error for the caller that asked for the id alone. */
export function requireConfirmed(channel: string, confirmation: Confirmation): string {
  const { eventId, isConfirmed, receipts } = confirmation;
  if (isConfirmed) return eventId;
  const count = receipts.filter(({ outcome }) => outcome === 'acknowledged').length;
  const message = `${count} of ${receipts.length} members acknowledged an event for ${channel}`;
  throw new AcklineError('unconfirmed', message, { channel, receipts });
}

/** The first reply, or an error that says why there is none. */
export function requireReply(channel: string, { receipts }: Confirmation): unknown {
  const replied = receipts.find((receipt) => 'reply' in receipt);
  if (replied) return replied.reply;
  const details = { channel, receipts };
  if (receipts.length === 0)
    throw new AcklineError(
      'no-members',
      `${channel} has no other member that could answer`,
      details,
    );
  throw receipts.some(({ outcome }) => outcome === 'timed-out')
    ? new AcklineError('timeout', `no reply on ${channel} in time`, details)
    : new AcklineError('no-reply', `no member of ${channel} replied`, details);
}
