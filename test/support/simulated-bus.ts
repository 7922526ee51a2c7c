import type { Wire } from 'ackline/broadcast';

type Listener = (event: { readonly data: unknown }) => void;

/** Whether a message is lost on its way from one context to another. */
export type IsLost = (message: unknown, from: string, to: string) => boolean;

interface End {
  readonly owner: string;
  readonly listeners: Partial<Record<'message' | 'messageerror', Listener>>;
}

/**
 * A BroadcastChannel between simulated contexts, whose faults a test sets. Messages are copied and arrive in order,
 * each in its own microtask. The sender does not get its own messages.
 */
export class SimulatedBus {
  /** A test replaces this to lose messages. */
  isLost: IsLost = () => false;
  /** A test replaces this to deliver messages as `messageerror`. */
  isUndecodable: IsLost = () => false;
  readonly #ends = new Set<End>();

  /** Opens the wire of one context. */
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

  /** Posts as a context does. `from` may name no context. */
  post(message: unknown, from = 'no context'): void {
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
