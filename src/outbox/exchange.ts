import { abortedByEither } from '../core/runtime/aborted-by-either.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { ResolvedRequest } from './http-options.ts';
import { HttpError } from './judge-response.ts';
import type { SendOutcome } from './send-outcome.ts';

/**
 * One request, and what `judge` makes of its answer. Without an answer within `timeoutMs` it is `unreachable`. Rejects with the
 * reason of `signal`, and with errors of `build` and `judge`.
 */
export async function exchange<Verdict>(
  {
    timeoutMs,
    runtime,
    fetch: given,
  }: Pick<ResolvedRequest<never>, 'timeoutMs' | 'runtime' | 'fetch'>,
  signal: AbortSignal,
  build: (signal: AbortSignal) => Promise<Request>,
  judge: (response: Response) => Promise<Verdict>,
): Promise<Verdict | SendOutcome> {
  throwIfAborted(signal);
  const timeout = new AbortController();
  const ending = abortedByEither(signal, timeout.signal);
  const stopTimer = runtime.after(timeoutMs, () => timeout.abort());
  try {
    const request = await build(ending.signal);
    const response = await (given ?? fetch)(request).catch((cause: unknown) => {
      throwIfAborted(signal);
      const why = timeout.signal.aborted ? `no answer within ${timeoutMs} ms` : 'no answer';
      return new HttpError(why, 0, { cause });
    });
    if (response instanceof HttpError) return { result: 'unreachable', error: response };
    return await judge(response);
  } finally {
    stopTimer();
    ending.forget();
  }
}
