import type { Runtime } from 'ackline';
import type { Wire } from 'ackline/broadcast';
import type { SimulatedContext } from './simulated-context.ts';

type Listener = (event: { readonly data: unknown }) => void;

interface End {
  readonly context: SimulatedContext;
  readonly listeners: Partial<Record<'message' | 'messageerror', Listener>>;
  /** When the last message arrives that is on its way: no message overtakes another. */
  arrivesAt: number;
}

/** A BroadcastChannel whose messages take time, come in one order for all, and wait for a thread that is busy. */
export class SimulatedLine {
  readonly #runtime: Runtime;
  readonly #longestMs: number;
  readonly #ends = new Set<End>();

  constructor(runtime: Runtime, longestMs: number) {
    this.#runtime = runtime;
    this.#longestMs = longestMs;
  }

  open(context: SimulatedContext): Wire {
    const end: End = { context, listeners: {}, arrivesAt: 0 };
    this.#ends.add(end);
    return {
      addEventListener: (type, listener) => {
        end.listeners[type] = listener;
      },
      postMessage: (message) => this.#post(end, message),
      close: () => {
        this.#ends.delete(end);
      },
    };
  }

  #post(sender: End, message: unknown): void {
    for (const end of this.#ends) {
      if (end === sender || end.context.state === 'dead') continue;
      const data: unknown = structuredClone(message);
      const now = this.#runtime.now();
      const delayMs = 1 + Math.floor(this.#runtime.random() * this.#longestMs);
      end.arrivesAt = Math.max(end.arrivesAt, now + delayMs);
      this.#runtime.after(end.arrivesAt - now, () =>
        end.context.run(() => {
          // What has not arrived when the wire is closed is lost.
          if (this.#ends.has(end)) end.listeners.message?.({ data });
        }),
      );
    }
  }
}
