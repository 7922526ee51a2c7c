import { elapsedMs, type Runtime } from '../../../core/runtime/runtime.ts';

/** How long a sign of other claiming contexts counts, and how long a claim lock that did not come is not requested again. */
const CONTENTION_MS = 1_000;

const LONG_AGO = Number.NEGATIVE_INFINITY;

/**
 * `alone`: no other context is known to claim. `contended`: other contexts claim too, and the claim lock orders the claims.
 * `lock-stuck`: other contexts claim too, but the claim lock did not come in time, so claims are made without it.
 */
export type ContentionState = 'alone' | 'contended' | 'lock-stuck';

/**
 * Whether other contexts claim from one queue. The queue's claimer owns it and notes what it observes; the claim lock notes
 * its timeouts. The claim lock and the cache only read the state.
 *
 * - `contended` begins when this context loses a claim, reads a claim of another context, or receives its hint.
 * - `lock-stuck` begins when a request for the claim lock times out. It ends when this context loses a claim.
 * - Each state ends a second after its last cause.
 */
export class Contention {
  readonly queue: string;
  readonly #runtime: Runtime;
  readonly #announce: (queue: string) => void;
  #contendedUntil = LONG_AGO;
  #stuckUntil = LONG_AGO;
  #announcedUntil = LONG_AGO;

  /**
   * `announce` reports a lost claim to the other contexts: the winner does not notice it. All contexts of a queue together
   * call it about once a second, so that the messages do not grow with the square of the number of contexts.
   */
  constructor(queue: string, runtime: Runtime, announce: (queue: string) => void) {
    this.queue = queue;
    this.#runtime = runtime;
    this.#announce = announce;
  }

  get state(): ContentionState {
    const now = elapsedMs(this.#runtime);
    if (now < this.#stuckUntil) return 'lock-stuck';
    return now < this.#contendedUntil ? 'contended' : 'alone';
  }

  /** This context lost a claim to another context. */
  noteLoss(): void {
    const now = elapsedMs(this.#runtime);
    this.#stuckUntil = LONG_AGO;
    this.#contendedUntil = now + CONTENTION_MS;
    if (now < this.#announcedUntil) return;
    this.#announcedUntil = this.#contendedUntil;
    this.#announce(this.queue);
  }

  /** Another context claims from the queue. */
  noteOthers(): void {
    this.#contendedUntil = elapsedMs(this.#runtime) + CONTENTION_MS;
  }

  /** Another context has lost a claim and reported it to all contexts: this one need not report the same. */
  noteAnnouncement(): void {
    this.noteOthers();
    this.#announcedUntil = this.#contendedUntil;
  }

  /** The claim lock did not come in time: the context that holds it may be frozen. */
  noteLockTimeout(): void {
    this.#stuckUntil = elapsedMs(this.#runtime) + CONTENTION_MS;
  }
}
