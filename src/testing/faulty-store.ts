import { refuse } from '../core/options/options.ts';
import type { SharedStore } from '../queue/event-store.ts';

export type StoreCall = 'append' | 'claim' | 'settle' | 'stats' | 'deadLetters';

/**
 * The fault of one call.
 *
 * - `fail`: the call throws `error` and has no effect.
 * - `drop`: the call takes effect and throws `error`, as when its answer was lost.
 * - `delay`: the call takes effect once `until` has resolved.
 */
export type Fault =
  | {
      readonly kind: 'fail' | 'drop';
      readonly call: StoreCall;
      readonly nth: number;
      readonly error: unknown;
    }
  | {
      readonly kind: 'delay';
      readonly call: StoreCall;
      readonly nth: number;
      readonly until: Promise<unknown>;
    };

/** A store between a backend and its real store, with faults at chosen calls. */
export interface FaultyStore extends SharedStore {
  /** How often each call was made. */
  readonly calls: Readonly<Record<StoreCall, number>>;
  /** The faults that have happened. */
  readonly happened: readonly Fault[];
}

/**
 * Puts `faults` before `store`: the `nth` call (from 1) of a kind fails, is delayed, or loses its answer.
 *
 * @example
 * const error = new AcklineError('storage', 'disk on fire');
 * const store = faultyStore(memoryStore(), [{ kind: 'fail', call: 'append', nth: 2, error }]);
 * const events = new EventChannel({ backend: memoryBackend({ store }) }); // the second publish fails
 */
export function faultyStore(store: SharedStore, faults: readonly Fault[]): FaultyStore {
  for (const { nth } of faults)
    if (!Number.isSafeInteger(nth) || nth < 1) refuse('nth', 'a whole number from 1', nth);
  const calls = { append: 0, claim: 0, settle: 0, stats: 0, deadLetters: 0 };
  const happened: Fault[] = [];
  const through = async <T>(call: StoreCall, run: () => T | Promise<T>): Promise<T> => {
    calls[call] += 1;
    const nth = calls[call];
    const fault = faults.find((candidate) => candidate.call === call && candidate.nth === nth);
    if (fault === undefined) return run();
    happened.push(fault);
    if (fault.kind === 'fail') throw fault.error;
    if (fault.kind === 'delay') await fault.until;
    const answer = await run();
    if (fault.kind === 'drop') throw fault.error;
    return answer;
  };
  return {
    runtime: store.runtime,
    ...(store.isolation && { isolation: store.isolation }),
    notifier: store.notifier,
    calls,
    happened,
    append: (events) => through('append', () => store.append(events)),
    claim: (request) => through('claim', () => store.claim(request)),
    settle: (requests) => through('settle', () => store.settle(requests)),
    stats: (channel) => through('stats', () => store.stats(channel)),
    deadLetters: (channel, limit) =>
      through('deadLetters', () => store.deadLetters(channel, limit)),
    observe: (report) => store.observe(report),
    close: () => store.close(),
  };
}
