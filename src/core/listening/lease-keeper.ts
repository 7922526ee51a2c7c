import type { ResolvedSettings } from '../options/options.ts';
import { ignore } from '../runtime/ignore.ts';
import type { Stop } from '../runtime/runtime.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';

/**
 * Keeps the lease of one running handler. It extends the lease at half time, up to `maxHoldMs` in all. When the lease
 * expires, it counts as lost. Invariant: until the keeper is stopped, one timer is set, for the next extension or the end.
 */
export class LeaseKeeper {
  readonly #handle: LeasedDelivery;
  readonly #port: HandlerPort;
  readonly #leaseMs: number;
  readonly #maxHoldMs: number;
  /** The lease may not be extended beyond this time. */
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
    // Timers of a hidden tab are late, so the lease may have expired before this keeper starts.
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
    const { delivery, isSettled } = this.#handle;
    // The handler has settled its event and still runs. It has no lease to keep, but it may hang.
    if (isSettled) return this.#wait(this.#endsAt);
    const now = this.#port.runtime.now();
    // After the clock was set back, the hold ends no later than if the handler had started now.
    this.#endsAt = Math.min(this.#endsAt, now + this.#maxHoldMs);
    this.#expiresAt = Math.min(this.#expiresAt, now + this.#leaseMs);
    const ms = Math.min(this.#leaseMs, this.#endsAt - now);
    // The timer was late. The hold is over, so the lease expires or has expired.
    if (ms <= 0) return this.#wait(this.#expiresAt);
    // If no answer comes before the lease ends, the signal aborts. If the timer was too late for that (timers of a hidden
    // tab fire once a minute), the backend decides whether the lease was taken over.
    this.#wait(now < this.#expiresAt ? this.#expiresAt : now + Math.ceil(ms / 2));
    try {
      const settlement = await delivery.extend(ms);
      if (settlement === 'ok') this.#expiresAt = now + ms;
    } catch (error) {
      const { channel } = this.#handle;
      this.#port.report({ type: 'fault', during: 'extend', channel, error });
    }
    this.#planExtension();
  }
}
