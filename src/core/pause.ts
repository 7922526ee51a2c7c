import type { ResolvedSettings } from './options.ts';
import type { Runtime } from './runtime.ts';

/** Resolves `ms` from now, at least one millisecond so that no loop keeps the thread, or once `signal` aborts. */
export function pause(runtime: Runtime, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      stopTimer();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const stopTimer = runtime.after(Math.max(1, ms), end);
    signal?.addEventListener('abort', end);
  });
}

/** Waits out what is left of a poll interval: a backend that answers at once must not make a busy loop. */
export async function pauseUntilNextPoll(
  runtime: Runtime,
  startedAt: number,
  { pollIntervalMs }: Pick<ResolvedSettings, 'pollIntervalMs'>,
  signal: AbortSignal,
): Promise<void> {
  const wholeMs = Math.max(1, pollIntervalMs);
  const leftMs = Math.min(startedAt + wholeMs - runtime.now(), wholeMs);
  if (leftMs > 0) await pause(runtime, leftMs, signal);
}
