import { closedError } from '../../../core/reports/closed-error.ts';
import type { AcklineError } from '../../../core/reports/errors.ts';
import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import { answerTimeout } from './answer-timeout.ts';
import type { MessageWire } from './message-wire.ts';
import { missingError } from './missing-error.ts';
import { once } from './once.ts';

/** A running member that lacks an event asks its publisher within a second, and waits three more for a late answer. */
const LINGER_MS = 5_000;

export interface WireEvents {
  /** {@link WireLifecycle.use} has opened the wire. */
  readonly onOpen: () => void;
  /** The wire is about to close: its last messages can be sent. */
  readonly onClose: () => void;
}

/**
 * Opens the wire of this context when it is first used, and closes it.
 *
 * States: `idle`, closed until the next use (the first state); `open`; `missing`, the context has no BroadcastChannel;
 * `shut-down`, for good. While the page is suspended the wire of an `open` context is closed, and calls wait.
 *
 * - `idle` → `open` or `missing`: {@link use}.
 * - `open` → `idle`: nothing has needed or used the wire for {@link LINGER_MS}, and it keeps the process alive. Any
 *   other wire stays open, because this context may be the only one that can still answer a member that was frozen.
 * - any → `shut-down`: {@link close}.
 */
export class WireLifecycle {
  readonly #runtime: Runtime;
  readonly #wire: MessageWire;
  readonly #events: WireEvents;
  /** Settles the calls that wait until the wire is open. */
  readonly #waiting: ((refusal: AcklineError | undefined) => void)[] = [];
  #state: 'idle' | 'open' | 'missing' | 'shut-down' = 'idle';
  #isSuspended = false;
  /** Memberships, calls that wait for other contexts, and watchers. */
  #needCount = 0;
  #stopLinger: Stop | undefined;

  constructor(runtime: Runtime, wire: MessageWire, events: WireEvents) {
    this.#runtime = runtime;
    this.#wire = wire;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  /** The reason why no call can use the wire. */
  get refusal(): AcklineError | undefined {
    if (this.#state === 'shut-down') return closedError('broadcast backend');
    return this.#state === 'missing' ? missingError() : undefined;
  }

  /** Resolves when messages can be sent. Rejects when they never will be. */
  untilOpen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((refusal) => (refusal ? reject(refusal) : resolve()));
      this.#update();
    });
  }

  /** Opens an idle wire. An open wire stays open for {@link LINGER_MS} from now. */
  use(): void {
    const wasIdle = this.#state === 'idle';
    if (wasIdle) this.#state = 'open';
    if (this.#update() && wasIdle) this.#events.onOpen();
  }

  /** Uses the wire. Throws where this context was shut down, or has no BroadcastChannel. */
  requireOpen(): void {
    this.use();
    const { refusal } = this;
    if (refusal) throw refusal;
  }

  /** Keeps an open wire open until the returned function is called. */
  need(): Stop {
    const count = (change: number) => {
      this.#needCount += change;
      this.#update();
    };
    count(1);
    return once(() => count(-1));
  }

  suspend(): void {
    this.#isSuspended = true;
    this.#update();
  }

  /** Returns whether it opened the wire again. */
  resume(): boolean {
    this.#isSuspended = false;
    return this.#update();
  }

  close(): void {
    this.#state = 'shut-down';
    this.#update();
  }

  /** Opens or closes the wire as the state requires. Returns whether it was opened. */
  #update(): boolean {
    const { isOpen } = this;
    const isWanted = this.#state === 'open' && !this.#isSuspended;
    if (isWanted) this.#wire.open();
    else if (isOpen) {
      this.#events.onClose();
      this.#wire.close();
    }
    if (isWanted && !this.isOpen) this.#state = 'missing';
    const { refusal } = this;
    if (this.isOpen || refusal) for (const settle of this.#waiting.splice(0)) settle(refusal);
    this.#stopLinger?.();
    const mayClose = this.#needCount === 0 && this.#wire.keepsProcess;
    this.#stopLinger = mayClose
      ? answerTimeout(this.#runtime, LINGER_MS, () => {
          this.#state = 'idle';
          this.#update();
        })
      : undefined;
    return this.isOpen && !isOpen;
  }
}
