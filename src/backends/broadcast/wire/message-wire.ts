import { readMessage } from './message-checks.ts';
import type { Message, SentMessage } from './messages.ts';

/** The part of a BroadcastChannel that the backend uses. Only Node and Bun have `unref`. */
export interface Wire {
  postMessage(message: unknown): void;
  addEventListener(
    type: 'message' | 'messageerror',
    listener: (event: { readonly data: unknown }) => void,
  ): void;
  close(): void;
  unref?(): unknown;
  /** An open wire keeps its process alive. The backend then closes it whenever nothing needs it. */
  readonly keepsProcess?: boolean;
}

export interface MessageWireOptions {
  readonly selfId: string;
  readonly open: () => Wire | undefined;
  readonly onMessage: (message: Message) => void;
  readonly onIgnored: (reason: string) => void;
  /** A message came that this context cannot read. It may have carried events. */
  readonly onUndecodable: () => void;
}

/**
 * Sends and receives messages over a BroadcastChannel. Any script of the origin can post there. Anything that is not a
 * valid message is reported to `onIgnored`, and nothing in it is run, stored or thrown.
 */
export class MessageWire {
  readonly #options: MessageWireOptions;
  #wire: Wire | undefined;

  constructor(options: MessageWireOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#wire !== undefined;
  }

  /** Whether it is open and keeps the process alive. */
  get keepsProcess(): boolean {
    return Boolean(this.#wire?.keepsProcess);
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
    wire?.unref?.();
  }

  close(): void {
    this.#wire?.close();
    this.#wire = undefined;
  }

  /** Throws what the platform throws: a `DataCloneError` for what cannot be sent. */
  post(message: SentMessage): void {
    this.#wire?.postMessage(message);
  }

  #receive(data: unknown): void {
    const message = readMessage(data);
    if (typeof message === 'string') return this.#options.onIgnored(message);
    // No platform delivers a message to its sender, so another context uses this id.
    if (message.from === this.#options.selfId) return this.#options.onIgnored('impersonation');
    if ('to' in message && message.to !== this.#options.selfId) return;
    this.#options.onMessage(message);
  }
}
