import type { Claimer } from './claimer.ts';

/** How many claimers are kept that are not in use. */
const MAX_UNUSED = 64;
/** How many claimers one call examines. */
const MAX_EXAMINED = 4;

export interface ClaimersOptions {
  readonly open: (queue: string) => Claimer;
  /** Whether a consumer waits for the queue. */
  readonly isWaitedFor: (queue: string) => boolean;
  /** The queue's claimer was dropped: what else is kept of the queue may be dropped, too. */
  readonly onDrop: (queue: string) => void;
}

/**
 * The claimers of one context, by queue. It keeps those that were used last, those that are busy, and those of queues that
 * a consumer waits for. So a context that has used 10,000 queues once keeps no more than one that has used a hundred.
 *
 * Invariant: the queues are in the order in which they were last used or examined.
 */
export class Claimers {
  readonly #options: ClaimersOptions;
  readonly #claimers = new Map<string, Claimer>();

  constructor(options: ClaimersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#claimers.size;
  }

  /** The queues whose claimers are kept. */
  queues(): string[] {
    return [...this.#claimers.keys()];
  }

  get(queue: string): Claimer | undefined {
    return this.#claimers.get(queue);
  }

  /** The claimer of a queue that is about to be used. */
  use(queue: string): Claimer {
    const known = this.#claimers.get(queue);
    const claimer = known ?? this.#options.open(queue);
    this.#renew(queue, claimer);
    if (!known) this.trim();
    return claimer;
  }

  /** Drops some of the claimers that are not in use, where there are too many. */
  trim(): void {
    const { isWaitedFor, onDrop } = this.#options;
    const surplus = Math.min(MAX_EXAMINED, this.#claimers.size - MAX_UNUSED);
    const oldest = this.#claimers.entries();
    for (let examined = 0; examined < surplus; examined += 1) {
      const [queue, claimer] = oldest.next().value as [string, Claimer];
      if (claimer.isBusy || isWaitedFor(queue)) this.#renew(queue, claimer);
      else {
        this.#claimers.delete(queue);
        onDrop(queue);
      }
    }
  }

  /** The queues of which `owner` held events at this context's last scan of them. */
  queuesOf(owner: string): string[] {
    const seen = [...this.#claimers].filter(([, claimer]) => claimer.scanner.owners.has(owner));
    return seen.map(([queue]) => queue);
  }

  clear(): void {
    this.#claimers.clear();
  }

  #renew(queue: string, claimer: Claimer): void {
    this.#claimers.delete(queue);
    this.#claimers.set(queue, claimer);
  }
}
