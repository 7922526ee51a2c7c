import { codeOf } from '../../core/reports/errors.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import { type ConfirmParts, confirm, EXTEND } from './confirm.ts';
import type { HeldDelivery } from './held-delivery.ts';

/**
 * Leases that were extended for longer than the server's `ack_wait`: the server is asked again at half of that time, until the end of
 * what the consumer asked for is near enough.
 */
export class LeaseExtensions {
  readonly #parts: ConfirmParts;
  readonly #timers = new Map<HeldDelivery, Stop>();

  constructor(parts: ConfirmParts) {
    this.#parts = parts;
  }

  /** Keeps the lease, which has just been renewed, for `ms` from now. An earlier extension of it ends. */
  keep(held: HeldDelivery, ms: number): void {
    const { api } = this.#parts;
    this.stop(held);
    this.#plan(held, api.nowMs + ms);
  }

  stop(held: HeldDelivery): void {
    this.#timers.get(held)?.();
    this.#timers.delete(held);
  }

  stopAll(): void {
    for (const held of [...this.#timers.keys()]) this.stop(held);
  }

  #plan(held: HeldDelivery, until: number): void {
    const { api } = this.#parts;
    if (held.leftMs(api.nowMs) >= until - api.nowMs) return;
    const ms = Math.max(1, held.parts.ackWaitMs / 2);
    this.#timers.set(
      held,
      api.settings.runtime.after(ms, () => void this.#renew(held, until)),
    );
  }

  async #renew(held: HeldDelivery, until: number): Promise<void> {
    this.#timers.delete(held);
    try {
      if (held.state === 'held' && (await confirm(this.#parts, held, EXTEND)) === 'ok')
        this.#plan(held, until);
    } catch (error) {
      if (codeOf(error) === 'closed') return;
      const { queue: channel } = held.parts;
      this.#parts.report({ type: 'fault', during: 'extend', channel, error });
    }
  }
}
