import type { PlatformAbortSignal } from './platform-types.ts';

/** `signal.throwIfAborted()`, which the signals of Jest 29's jsdom do not have. */
export function throwIfAborted(signal: PlatformAbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}
