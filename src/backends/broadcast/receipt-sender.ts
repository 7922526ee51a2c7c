import type { Line } from './line.ts';
import type { WireReceipt } from './messages.ts';

/** Tells publishers what became of their events here: everything of one turn in one message to each of them. */
export class ReceiptSender {
  readonly #line: Line;
  readonly #unsent = new Map<string, WireReceipt[]>();

  constructor(line: Line) {
    this.#line = line;
  }

  send(to: string, receipt: WireReceipt): void {
    if (this.#unsent.size === 0) void Promise.resolve().then(() => this.flush());
    const receipts = this.#unsent.get(to) ?? [];
    this.#unsent.set(to, receipts);
    receipts.push(receipt);
  }

  flush(): void {
    for (const [to, receipts] of this.#unsent) {
      try {
        this.#line.post({ kind: 'receipts', to, receipts });
      } catch (error) {
        // A reply that can be cloned and not be sent; what it answers was acknowledged.
        this.#line.report({ type: 'fault', during: 'settle', channel: '', error });
      }
    }
    this.#unsent.clear();
  }
}
