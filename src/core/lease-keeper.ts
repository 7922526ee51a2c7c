import type { HandlerPort, LeasedHandout } from './handler-port.ts';
import { ignore } from './ignore.ts';
import type { ResolvedSettings } from './options.ts';
import type { Stop } from './runtime.ts';

/**
 * Keeps the lease of one running handler: extends it at half time, up to `maxHoldMs` in all, and aborts the
 * handler when the lease is lost or runs out. Invariant: until it is stopped one timer is set, for the next
 * extension or for the expiry.
 */
export class LeaseKeeper {
  readonly #handout: LeasedHandout;
  readonly #port: HandlerPort;
  readonly #onLost: () => void;
  readonly #leaseMs: number;
  /** When the lease may be extended no further. */
  readonly #endsAt: number;
  #expiresAt: number;
  #isStopped = false;
  #stopTimer: Stop = ignore;

  /** `onLost` is told that the handler no longer protects anything. */
  constructor(
    handout: LeasedHandout,
    { leaseMs, maxHoldMs }: ResolvedSettings,
    port: HandlerPort,
    onLost: () => void,
  ) {
    this.#handout = handout;
    this.#port = port;
    this.#onLost = onLost;
    this.#leaseMs = leaseMs;
    this.#endsAt = port.runtime.now() + maxHoldMs;
    this.#expiresAt = handout.message.leaseExpiresAt;
    this.#planExtension();
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

  /** Until `at`; what is to be done then is, unless told otherwise, to give up. */
  #wait(at: number, act: () => void = () => this.#lose()): void {
    const { runtime } = this.#port;
    this.#stopTimer();
    if (this.#isStopped || this.#handout.isSettled) return;
    this.#stopTimer = runtime.after(at - runtime.now(), act);
  }

  async #extend(): Promise<void> {
    const { delivery, message } = this.#handout;
    const now = this.#port.runtime.now();
    const ms = Math.min(this.#leaseMs, this.#endsAt - now);
    // Should no answer come before the lease ends, the handler is told that it has ended.
    this.#wait(this.#expiresAt);
    try {
      const settlement = await delivery.extend(ms);
      if (this.#isStopped) return;
      if (settlement !== 'ok') return this.#lose();
      this.#expiresAt = now + ms;
    } catch (error) {
      const { channel } = message;
      this.#port.report({ type: 'fault', during: 'extend', channel, error });
    }
    this.#planExtension();
  }

  #lose(): void {
    this.stop();
    const { channel, eventId } = this.#handout.message;
    this.#port.report({ type: 'lease-lost', channel, eventId });
    this.#handout.abort(new DOMException('the lease is lost', 'AbortError'));
    this.#onLost();
  }
}
