import { readMessage } from './message-checks.ts';
import type { Message, SentMessage } from './messages.ts';

/** What is used of a BroadcastChannel. `ref` and `unref` are Node's. */
export interface Wire {
  postMessage(message: unknown): void;
  addEventListener(
    type: 'message' | 'messageerror',
    listener: (event: { readonly data: unknown }) => void,
  ): void;
  close(): void;
  ref?(): unknown;
  unref?(): unknown;
}

export interface MessageWireOptions {
  readonly selfId: string;
  readonly open: () => Wire | undefined;
  readonly onMessage: (message: Message) => void;
  readonly onIgnored: (reason: string) => void;
  /** Something came that this context cannot read: events may be among it. */
  readonly onUndecodable: () => void;
}

/**
 * Our messages over a BroadcastChannel. Anyone of the origin may post there: what is no message of ours is told to
 * `onIgnored`, and nothing of it is run, kept or thrown.
 */
export class MessageWire {
  readonly #options: MessageWireOptions;
  #wire: Wire | undefined;
  #isHolding = false;

  constructor(options: MessageWireOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#wire !== undefined;
  }

  open(): void {
    if (this.#wire) return;
    const wire = this.#options.open();
    this.#wire = wire;
    wire?.addEventListener('message', ({ data }) => this.#receive(data));
    wire?.addEventListener('messageerror', () => {
      this.#options.onIgnored('undecodable');
      this.#options.onUndecodable();
    });
    this.holdProcess(this.#isHolding);
  }

  close(): void {
    this.#wire?.close();
    this.#wire = undefined;
  }

  /** Throws what the platform throws: a `DataCloneError` for what cannot be sent. */
  post(message: SentMessage): void {
    this.#wire?.postMessage(message);
  }

  /** Whether an open wire keeps a Node process alive. */
  holdProcess(isHolding: boolean): void {
    this.#isHolding = isHolding;
    if (isHolding) this.#wire?.ref?.();
    else this.#wire?.unref?.();
  }

  #receive(data: unknown): void {
    const message = readMessage(data);
    if (typeof message === 'string') return this.#options.onIgnored(message);
    // No platform delivers to the sender: somebody else says that he is this context.
    if (message.from === this.#options.selfId) return this.#options.onIgnored('impersonation');
    if ('to' in message && message.to !== this.#options.selfId) return;
    this.#options.onMessage(message);
  }
}
