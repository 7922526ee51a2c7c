import type { DeadLetter } from '../core/events/message.ts';
import type { LetterSelection } from '../core/options/dead-letter-options.ts';
import { namedLetter } from './named-letter.ts';

type LetterVerb = (channel: string, options?: LetterSelection) => unknown;

/**
 * `redrive` and `purge` of a backend with schemas, where the backend has them. Its store does not know the reason `invalid`, so
 * letters are selected by the reason that the backend with schemas shows.
 */
export function letterMethods(backend: {
  readonly redrive?: LetterVerb;
  readonly purge?: LetterVerb;
}): object {
  return {
    ...(backend.redrive && {
      redrive: (channel: string, options?: LetterSelection) =>
        backend.redrive?.(channel, storedSelection(options)),
    }),
    ...(backend.purge && {
      purge: (channel: string, options?: LetterSelection) =>
        backend.purge?.(channel, storedSelection(options)),
    }),
  };
}

/** Options that cannot be read are left to the backend, which refuses them. */
function storedSelection(options: LetterSelection | undefined): LetterSelection | undefined {
  if (typeof options !== 'object' || options === null) return options;
  const { reason, filter } = options;
  const isOwn = reason === 'invalid' || reason === 'rejected';
  if (filter === undefined ? !isOwn : typeof filter !== 'function') return options;
  return {
    ...options,
    ...(isOwn && { reason: 'rejected' as const }),
    filter(letter: DeadLetter) {
      const named = namedLetter(letter);
      return (!isOwn || named.reason === reason) && (filter ? filter(named) : true);
    },
  };
}
