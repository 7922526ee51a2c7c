import type { ResolvedSettings } from '../options/options.ts';
import type { Capabilities } from '../protocols/capability.ts';
import type { Runtime } from '../runtime/runtime.ts';

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

/**
 * Paces a consumer whose backend answered that nothing is due. A backend whose `dequeue` waits (it declares `keepAlive`)
 * answers early when it is shut down: the consumer claims again at once, and receives the error `closed`. Every other
 * early answer is waited out until the poll interval is over, so that no loop keeps the thread.
 */
export class PollPacer {
  readonly #runtime: Runtime;
  readonly #intervalMs: number;
  readonly #canWait: boolean;
  /** Whether the consumer has claimed again at once since the backend last waited. */
  #hasClaimedAgain = false;

  constructor(
    runtime: Runtime,
    { pollIntervalMs }: Pick<ResolvedSettings, 'pollIntervalMs'>,
    capabilities: Capabilities,
  ) {
    this.#runtime = runtime;
    this.#intervalMs = Math.max(1, pollIntervalMs);
    this.#canWait = capabilities.keepAlive === true && pollIntervalMs > 0;
  }

  /** Resolves when the consumer may claim again after a claim that began at `startedAt` and returned nothing. */
  async untilNext(startedAt: number, signal: AbortSignal): Promise<void> {
    const leftMs = Math.min(startedAt + this.#intervalMs - this.#runtime.now(), this.#intervalMs);
    const isEarly = leftMs > 0;
    if (isEarly && (this.#hasClaimedAgain || !this.#canWait))
      await pause(this.#runtime, leftMs, signal);
    else this.#hasClaimedAgain = isEarly;
  }
}
