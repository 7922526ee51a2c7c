import type { Stop } from './runtime.ts';

/** A signal that aborts when either of two signals aborts, with its reason, until `forget` is called. Neither may have aborted before. */
export function abortedByEither(
  first: AbortSignal,
  second: AbortSignal,
): { readonly signal: AbortSignal; readonly forget: Stop } {
  const either = new AbortController();
  const abort = () => either.abort(first.aborted ? first.reason : second.reason);
  const forget = () => {
    for (const signal of [first, second]) signal.removeEventListener('abort', abort);
  };
  for (const signal of [first, second]) signal.addEventListener('abort', abort);
  return { signal: either.signal, forget };
}
