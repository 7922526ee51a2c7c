import type { Confirmation, Receipt } from '../core/events/receipts.ts';

export interface NotedReceipt extends Pick<Receipt, 'memberId' | 'isSelf' | 'outcome' | 'reason'> {
  readonly channel: string;
  readonly eventId: string;
}

const MOST = 100;

/** The newest receipts that the application has shown to the inspector. */
export class ReceiptLog {
  #receipts: readonly NotedReceipt[] = [];
  #version = 0;

  /** It grows with each change. */
  get version(): number {
    return this.#version;
  }

  /** The newest first. */
  of(channel: string): readonly NotedReceipt[] {
    return this.#receipts.filter((receipt) => receipt.channel === channel);
  }

  add(channel: string, { eventId, receipts }: Pick<Confirmation, 'eventId' | 'receipts'>): void {
    const noted = receipts.map(({ memberId, isSelf, outcome, reason }) => ({
      ...{ channel, eventId, memberId, isSelf, outcome, reason },
    }));
    this.#receipts = [...noted, ...this.#receipts].slice(0, MOST);
    this.#version += 1;
  }
}
