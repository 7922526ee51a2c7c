import type { Handout } from './delivery.ts';
import { ignore } from './ignore.ts';
import type { ObserverEvent } from './observer.ts';
import type { ResolvedSettings } from './options.ts';
import type { Runtime, Stop } from './runtime.ts';

interface Hold {
  readonly endsAt: number;
  expiresAt: number;
  /** When to act next: extend at half time, or abort at expiry. `Infinity` while an extension is under way. */
  nextAt: number;
}

type Held = Handout<Promise<'ok' | 'stale' | 'gone'>>;

/**
 * Extends the leases of the running handlers of one listener at half time, up to `maxHoldMs` each, and
 * aborts a handler whose lease is lost or runs out. One timer for all of them.
 */
export class LeaseKeeper {
  readonly #runtime: Runtime;
  readonly #settings: ResolvedSettings;
  readonly #report: (event: ObserverEvent) => void;
  readonly #holds = new Map<Held, Hold>();
  #timerAt = Number.POSITIVE_INFINITY;
  #stopTimer: Stop = ignore;

  constructor(
    runtime: Runtime,
    settings: ResolvedSettings,
    report: (event: ObserverEvent) => void,
  ) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#report = report;
  }

  keep(handout: Held): void {
    const now = this.#runtime.now();
    const expiresAt = handout.message.leaseExpiresAt;
    const hold = { endsAt: now + this.#settings.maxHoldMs, expiresAt, nextAt: 0 };
    this.#holds.set(handout, hold);
    this.#plan(hold, now);
    this.#arm(hold.nextAt);
  }

  /** The handler is done; the timer, if it finds nothing left, goes without a trace. */
  drop(handout: Held): void {
    this.#holds.delete(handout);
  }

  stop(): void {
    this.#holds.clear();
    this.#stopTimer();
  }

  #plan(hold: Hold, now: number): void {
    const halfTime = now + Math.ceil((hold.expiresAt - now) / 2);
    const canGrow = hold.expiresAt < hold.endsAt && halfTime < hold.expiresAt;
    hold.nextAt = canGrow ? halfTime : hold.expiresAt;
  }

  #arm(at: number): void {
    if (at >= this.#timerAt) return;
    this.#stopTimer();
    this.#timerAt = at;
    this.#stopTimer = this.#runtime.after(Math.max(0, at - this.#runtime.now()), () =>
      this.#tick(),
    );
  }

  #tick(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#runtime.now();
    for (const [handout, hold] of this.#holds) {
      if (handout.isSettled) this.#holds.delete(handout);
      else if (now >= hold.expiresAt) this.#lose(handout);
      else if (now >= hold.nextAt) void this.#renew(handout, hold, now);
    }
    for (const hold of this.#holds.values()) this.#arm(hold.nextAt);
  }

  async #renew(handout: Held, hold: Hold, now: number): Promise<void> {
    // Should the answer not come before the lease ends, the next thing to do is to abort.
    hold.nextAt = hold.expiresAt;
    const ms = Math.min(this.#settings.leaseMs, hold.endsAt - now);
    try {
      const settlement = await handout.delivery.extend(ms);
      if (!this.#holds.has(handout)) return;
      if (settlement !== 'ok') return this.#lose(handout);
      hold.expiresAt = now + ms;
    } catch (error) {
      const { channel } = handout.message;
      this.#report({ type: 'fault', during: 'extend', channel, error });
    }
    this.#plan(hold, this.#runtime.now());
    this.#arm(hold.nextAt);
  }

  #lose(handout: Held): void {
    this.#holds.delete(handout);
    const { channel, eventId } = handout.message;
    this.#report({ type: 'lease-lost', channel, eventId });
    handout.abort(new DOMException('the lease is lost', 'AbortError'));
  }
}
