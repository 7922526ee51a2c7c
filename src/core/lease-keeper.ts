import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { ignore } from './ignore.ts';
import type { ResolvedSettings } from './options.ts';
import type { Stop } from './runtime.ts';

/**
 * Keeps the lease of one running handler: extends it at half time, up to `maxHoldMs` in all, and gives it up for
 * lost when it runs out. Invariant: until it is stopped one timer is set, for the next extension or for the end.
 */
export class LeaseKeeper {
  readonly #handle: LeasedDelivery;
  readonly #port: HandlerPort;
  readonly #leaseMs: number;
  readonly #maxHoldMs: number;
  /** When the lease may be extended no further. */
  #endsAt: number;
  #expiresAt: number;
  #isStopped = false;
  #stopTimer: Stop = ignore;

  constructor(handle: LeasedDelivery, { leaseMs, maxHoldMs }: ResolvedSettings, port: HandlerPort) {
    this.#handle = handle;
    this.#port = port;
    this.#leaseMs = leaseMs;
    this.#maxHoldMs = maxHoldMs;
    this.#endsAt = port.runtime.now() + maxHoldMs;
    this.#expiresAt = handle.message.leaseExpiresAt;
    // A hidden tab's timers are late: this one may begin when the lease has ended already.
    if (port.runtime.now() < this.#expiresAt) this.#planExtension();
    else void this.#extend();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  #planExtension(): void {
    const { runtime } = this.#port;
    const halfTime = Math.ceil((runtime.now() + this.#expiresAt) / 2);
    const isLast = this.#expiresAt >= this.#endsAt || halfTime >= this.#expiresAt;
    if (isLast) this.#wait(this.#expiresAt);
    else this.#wait(halfTime, () => void this.#extend());
  }

  /** Calls `act` at the time `at`. By default the lease then counts as lost. */
  #wait(at: number, act: () => void = () => this.#handle.lose()): void {
    const { runtime } = this.#port;
    this.#stopTimer();
    if (this.#isStopped) return;
    this.#stopTimer = runtime.after(at - runtime.now(), act);
  }

  async #extend(): Promise<void> {
    const { delivery, message, isSettled } = this.#handle;
    // By its handler, which goes on: there is no lease to keep, but it may still hang.
    if (isSettled) return this.#wait(this.#endsAt);
    const now = this.#port.runtime.now();
    // Where the clock was set back, it ends no later than if the handler had started now.
    this.#endsAt = Math.min(this.#endsAt, now + this.#maxHoldMs);
    this.#expiresAt = Math.min(this.#expiresAt, now + this.#leaseMs);
    const ms = Math.min(this.#leaseMs, this.#endsAt - now);
    // A late timer: the hold is over, and the lease ends by itself or has ended.
    if (ms <= 0) return this.#wait(this.#expiresAt);
    // If no answer comes before the lease ends, the signal aborts. If the timer was too late for that (timers of a hidden
    // tab fire once a minute), the backend decides whether the lease was taken over.
    this.#wait(now < this.#expiresAt ? this.#expiresAt : now + Math.ceil(ms / 2));
    try {
      const settlement = await delivery.extend(ms);
      if (settlement === 'ok') this.#expiresAt = now + ms;
    } catch (error) {
      const { channel } = message;
      this.#port.report({ type: 'fault', during: 'extend', channel, error });
    }
    this.#planExtension();
  }
}
