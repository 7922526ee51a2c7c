import { ignore } from '../../../core/runtime/ignore.ts';
import type { Locks } from '../../../platform/locks.ts';

interface LeaderRequest {
  isLeading: boolean;
  /** The leader has done what it was elected for: the next context may lead. */
  isDone: boolean;
  /** Aborts the request, or frees the lock. */
  readonly end: AbortController;
}

/**
 * Elects one idle context of the origin for each channel. The leader acts on hints at once. The other contexts only
 * poll, so that a crowd of tabs does not claim at each event. The leader holds a Web Lock, which the platform grants in
 * the order of the requests. The lock is no right to an event. A leader that is frozen delays the others by one poll
 * interval at most.
 *
 * A request is pending, then leading, then over. `release` ends it. A script that steals the lock ends it, too: the
 * context then requests the lock again. A pending request that the platform refuses means that this context may use no
 * locks: it leads from then on.
 */
export class IdleLeader {
  #locks: Locks | undefined;
  readonly #prefix: string;
  readonly #onElected: (channel: string) => void;
  readonly #onStolen: (channel: string) => void;
  readonly #requests = new Map<string, LeaderRequest>();

  /**
   * `onElected` is called when this context begins to lead a channel. `onStolen` is called when another script has taken
   * the lock: a second context may lead then, although this one is idle.
   */
  constructor(
    locks: Locks | undefined,
    prefix: string,
    onElected: (channel: string) => void,
    onStolen: (channel: string) => void = ignore,
  ) {
    this.#locks = locks;
    this.#prefix = prefix;
    this.#onElected = onElected;
    this.#onStolen = onStolen;
  }

  /** Whether this context acts on hints for the channel. True also where it can use no locks. */
  isLeading(channel: string): boolean {
    return this.#locks === undefined || this.holds(channel);
  }

  /** Whether this context holds the lock of the channel. */
  holds(channel: string): boolean {
    return this.#requests.get(channel)?.isLeading === true;
  }

  /** Requests the lock of the channel unless it was requested before. Returns whether this context leads now. */
  request(channel: string): boolean {
    if (this.#locks && !this.#requests.has(channel)) this.#request(this.#locks, channel);
    return this.isLeading(channel);
  }

  /** Marks that the leader has done its work. */
  markDone(channel: string): void {
    const request = this.#requests.get(channel);
    if (request) request.isDone = request.isLeading;
  }

  /** Frees the lock if its work is done, and returns whether it was. */
  releaseIfDone(channel: string): boolean {
    const isDone = this.#requests.get(channel)?.isDone === true;
    if (isDone) this.release(channel);
    return isDone;
  }

  /** Frees the lock, or aborts the request for it. */
  release(channel: string): void {
    const request = this.#requests.get(channel);
    this.#requests.delete(channel);
    request?.end.abort();
  }

  releaseAll(): void {
    for (const channel of [...this.#requests.keys()]) this.release(channel);
  }

  #request(locks: Locks, channel: string): void {
    const request: LeaderRequest = {
      isLeading: false,
      isDone: false,
      end: new AbortController(),
    };
    const { signal } = request.end;
    this.#requests.set(channel, request);
    const lead = async () =>
      new Promise<void>((free) => {
        // The request was aborted while the grant was on its way.
        if (signal.aborted) return free();
        signal.addEventListener('abort', () => free());
        request.isLeading = true;
        this.#onElected(channel);
      });
    locks.request(this.#prefix + channel, { signal }, lead).catch(() => {
      if (signal.aborted) return;
      if (request.isLeading) this.#requestAgain(locks, channel);
      else this.#doWithout(channel);
    });
  }

  /** The platform rejects the request of a lock that is stolen. https://w3c.github.io/web-locks/#dom-lockoptions-steal */
  #requestAgain(locks: Locks, channel: string): void {
    this.#request(locks, channel);
    this.#onStolen(channel);
  }

  #doWithout(channel: string): void {
    this.#locks = undefined;
    this.#onElected(channel);
  }
}
