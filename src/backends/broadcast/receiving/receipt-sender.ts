import type { Membership } from '../members/membership.ts';
import type { WireReceipt } from '../wire/messages.ts';

/** Sends publishers the receipts for their events: those of one microtask in one message to each publisher. */
export class ReceiptSender {
  readonly #membership: Membership;
  readonly #unsent = new Map<string, WireReceipt[]>();

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  send(to: string, receipt: WireReceipt): void {
    // A context that has left the channel can still settle its copies.
    this.#membership.wire.use();
    if (this.#unsent.size === 0) void Promise.resolve().then(() => this.flush());
    const receipts = this.#unsent.get(to) ?? [];
    this.#unsent.set(to, receipts);
    receipts.push(receipt);
  }

  flush(): void {
    for (const [to, receipts] of this.#unsent) this.#post(to, receipts);
    this.#unsent.clear();
  }

  /** If one reply cannot be sent, its receipt is sent without the reply. The other receipts are sent unchanged. */
  #post(to: string, receipts: readonly WireReceipt[]): void {
    try {
      this.#membership.post({ kind: 'receipts', to, receipts });
    } catch (error) {
      if (receipts.length > 1) for (const receipt of receipts) this.#post(to, [receipt]);
      else this.#postWithoutReply(to, receipts, error);
    }
  }

  #postWithoutReply(to: string, receipts: readonly WireReceipt[], error: unknown): void {
    this.#membership.report({ type: 'fault', during: 'settle', channel: '', error });
    if (!receipts.some(({ reply }) => reply !== undefined)) return;
    this.#post(
      to,
      receipts.map(({ reply, ...receipt }) => receipt),
    );
  }
}
