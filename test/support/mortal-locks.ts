import type { QueryableLocks } from 'ackline/broadcast';

export interface MortalLocks extends QueryableLocks {
  /** Ends the context as the platform does: its locks are released, and it requests no more. */
  die(): void;
}

/** The Web Locks of one context that the test can end. */
export function mortalLocks(): MortalLocks {
  const death = new AbortController();
  const request = (
    name: string,
    options: LockOptions | LockGrantedCallback<unknown>,
    granted?: LockGrantedCallback<unknown>,
  ) => {
    if (death.signal.aborted) return new Promise(() => undefined);
    const run = (granted ?? options) as LockGrantedCallback<unknown>;
    const died = new Promise((resolve) => {
      death.signal.addEventListener('abort', () => resolve(undefined));
    });
    const untilDeath = (lock: Lock | null) => Promise.race([run(lock), died]);
    return granted
      ? navigator.locks.request(name, options as LockOptions, untilDeath)
      : navigator.locks.request(name, untilDeath);
  };
  return {
    request: request as QueryableLocks['request'],
    query: () => navigator.locks.query(),
    die: () => death.abort(),
  };
}
