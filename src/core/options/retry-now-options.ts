import { checkChoice, checkOptions, show } from './options.ts';
import type { GroupOptions } from './queue-name.ts';

export interface RetryNowOptions extends GroupOptions {
  /** Selects events whose last nack had this reason; default: all events that wait for a retry. Needs the capability `offline`. */
  readonly reason?: 'offline' | undefined;
}

/** Checks the reason of a nack or of `retryNow`. Throws a `TypeError` for any other value. */
export function checkRetryReason(reason: unknown): 'offline' {
  checkChoice('reason', reason, ['offline']);
  return 'offline';
}

/** The reason that `retryNow` selects by, or undefined. Throws a `TypeError` for any other option. */
export function retryReasonOf(options: RetryNowOptions | undefined): 'offline' | undefined {
  checkOptions(options);
  for (const option of Object.keys(options ?? {}))
    if (option !== 'reason') throw new TypeError(`retryNow has no option ${show(option)}`);
  const reason = options?.reason;
  return reason === undefined ? reason : checkRetryReason(reason);
}
