import { type ReceiptsMessage, USUAL_ITEMS, type WireReceipt } from './messages.ts';

export interface ReceiptPorts {
  readonly selfId: string;
  readonly post: (message: ReceiptsMessage) => void;
  /** For what this context published itself. */
  readonly hear: (memberId: string, receipt: WireReceipt) => void;
  readonly onFault: (error: unknown) => void;
}

/** Tells publishers what became of their events here: everything of one turn in one message to each of them. */
export class ReceiptSender {
  readonly #ports: ReceiptPorts;
  readonly #unsent = new Map<string, WireReceipt[]>();

  constructor(ports: ReceiptPorts) {
    this.#ports = ports;
  }

  send(publisher: string, receipt: WireReceipt): void {
    const { selfId, hear } = this.#ports;
    if (publisher === selfId) return hear(selfId, receipt);
    if (this.#unsent.size === 0) queueMicrotask(() => this.flush());
    const receipts = this.#unsent.get(publisher) ?? [];
    this.#unsent.set(publisher, receipts);
    receipts.push(receipt);
  }

  flush(): void {
    const { selfId, post, onFault } = this.#ports;
    for (const [to, all] of this.#unsent) {
      for (let from = 0; from < all.length; from += USUAL_ITEMS) {
        const receipts = all.slice(from, from + USUAL_ITEMS);
        try {
          post({ kind: 'receipts', from: selfId, to, receipts });
        } catch (error) {
          // A reply that can be cloned and not be sent; what it answers was acknowledged.
          onFault(error);
        }
      }
    }
    this.#unsent.clear();
  }
}
