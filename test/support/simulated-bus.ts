import type { Wire } from 'ackline/broadcast';

type Listener = (event: { readonly data: unknown }) => void;

/** Whether a message is lost on its way from one context to another. */
export type IsLost = (message: unknown, from: string, to: string) => boolean;

interface End {
  readonly owner: string;
  readonly listeners: Partial<Record<'message' | 'messageerror', Listener>>;
}

/**
 * What a BroadcastChannel is to the contexts of one realm, with its faults in a test's hand: messages are copied,
 * come in order, each in a microtask of its own, and not to their sender.
 */
export class SimulatedBus {
  /** Replace it to lose messages. */
  isLost: IsLost = () => false;
  /** Replace it to have messages come as what the receiver cannot read. */
  isUndecodable: IsLost = () => false;
  readonly #ends = new Set<End>();

  /** The wire of one context. */
  openFor(owner: string): (name: string) => Wire {
    return () => {
      const end: End = { owner, listeners: {} };
      this.#ends.add(end);
      return {
        addEventListener: (type, listener) => {
          end.listeners[type] = listener;
        },
        postMessage: (message) => this.post(message, owner),
        close: () => {
          this.#ends.delete(end);
        },
      };
    };
  }

  /** As a context would post it; `from` need not be one. */
  post(message: unknown, from = 'nobody'): void {
    for (const end of this.#ends) {
      if (end.owner === from || this.isLost(message, from, end.owner)) continue;
      const type = this.isUndecodable(message, from, end.owner) ? 'messageerror' : 'message';
      const data: unknown = type === 'message' ? structuredClone(message) : null;
      queueMicrotask(() => {
        if (this.#ends.has(end)) end.listeners[type]?.({ data });
      });
    }
  }
}
