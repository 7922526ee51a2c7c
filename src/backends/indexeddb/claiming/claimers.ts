import type { Claimer } from './claimer.ts';

/** So many queues are kept that nobody uses at the moment, and as many again as are used. */
const MOST_UNUSED = 64;
/** Entries that one call examines. */
const AT_ONCE = 4;

export interface ClaimersOptions {
  readonly open: (queue: string) => Claimer;
  /** Whether a consumer waits for the queue. */
  readonly isWaitedFor: (queue: string) => boolean;
  /** The queue's claimer is not kept any longer: neither need anything else be that is known of it. */
  readonly onDrop: (queue: string) => void;
}

/**
 * The claimers of one context, by queue. Those that were used last are kept, and those of queues that a consumer waits
 * for: a context that has used 10,000 queues once keeps no more of them than one that has used a hundred.
 *
 * Invariant: the queues are in the order in which they were used or examined last.
 */
export class Claimers {
  readonly #options: ClaimersOptions;
  readonly #claimers = new Map<string, Claimer>();

  constructor(options: ClaimersOptions) {
    this.#options = options;
  }

  /** How many are kept. */
  get size(): number {
    return this.#claimers.size;
  }

  /** Those whose claimers are kept. */
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

  /** Drops what is not used, bit by bit. */
  trim(): void {
    const { isWaitedFor, onDrop } = this.#options;
    const surplus = Math.min(AT_ONCE, this.#claimers.size - MOST_UNUSED);
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

  /** The queues of which `owner` held something when this context last looked at them. */
  queuesOf(owner: string): string[] {
    const stamp = [...this.#claimers].filter(([, claimer]) => claimer.hasSeen(owner));
    return stamp.map(([queue]) => queue);
  }

  clear(): void {
    this.#claimers.clear();
  }

  #renew(queue: string, claimer: Claimer): void {
    this.#claimers.delete(queue);
    this.#claimers.set(queue, claimer);
  }
}
