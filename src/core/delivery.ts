import { ignore } from './ignore.ts';
import type { EventMessage, Settlement } from './message.ts';
import type { NackOptions, RejectOptions } from './protocols.ts';
import {
  type Answer,
  type Settler,
  type SettlingArgument,
  type SettlingVerb,
  whenAnswered,
} from './settler.ts';

interface SettlementVerbs<A extends Answer, Reply = unknown> {
  /** Done: the event is never delivered again. `reply` reaches a publisher that waits for receipts; needs the capability `reply`. */
  ack(reply?: Reply): A;
  /** Not done: the event is delivered again, at its old place, or `delayMs` from now. */
  nack(options?: NackOptions): A;
  /** Never deliver the event again: it becomes a dead letter. */
  reject(reason?: string | RejectOptions): A;
  /** Moves the lease's expiry to `ms` from now; default is the `leaseMs` it was taken with. */
  extend(ms?: number): A;
  /** Aborts when the lease is lost or the listener stops: whatever the handler does then may be done twice. */
  readonly signal: AbortSignal;
}

/** A leased event and the verbs that settle it. `stale` and `gone` are answers, not errors. */
export interface Delivery<Payload = unknown, Reply = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Promise<Settlement>, Reply> {}

/** {@link Delivery} of a synchronous channel. */
export interface SyncDelivery<Payload = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Settlement, never> {}

/** Returns or resolves: acknowledged. Throws or rejects: delivered again after a back-off. */
export type AsyncEventHandler<Payload = unknown, Reply = unknown> = (
  delivery: Delivery<Payload, Reply>,
) => unknown;

/** Returns: acknowledged. Throws: delivered again after a back-off. */
export type SyncEventHandler<Payload = unknown> = (delivery: SyncDelivery<Payload>) => unknown;

/**
 * The private side of a delivery: what its channel may do with it beyond what a handler may.
 * Invariant: `isSettled` from the moment that an ack, nack or reject is asked for, unless that call fails, or
 * that the lease is lost.
 */
export class Handout<A extends Answer> {
  readonly message: EventMessage;
  readonly delivery: EventMessage & SettlementVerbs<A>;
  /** Called when the lease is lost, also after the event was settled. */
  onLost: () => void = ignore;
  readonly #settler: Settler<A>;
  #isSettled = false;
  #abort: AbortController | undefined;
  #abortReason: unknown;

  constructor(message: EventMessage, settler: Settler<A>, leaseMs: number) {
    this.message = message;
    this.#settler = settler;
    settler.delivered.add(message, () => this.lose());
    const signal = () => this.#signal();
    this.delivery = Object.freeze({
      ...message,
      ack: (reply?: unknown) => this.#settle('ack', reply === undefined ? undefined : { reply }),
      nack: (options?: NackOptions) => this.#settle('nack', options),
      reject: (reason?: string | RejectOptions) =>
        this.#settle('reject', typeof reason === 'string' ? { reason } : reason),
      extend: (ms: number = leaseMs) =>
        whenAnswered(settler.settle('extend', message, ms), (settlement) => {
          if (settlement !== 'ok') this.lose();
        }),
      get signal() {
        return signal();
      },
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether `error` is what {@link abort} gave to the handler. */
  isAbort(error: unknown): boolean {
    return error !== undefined && error === this.#abortReason;
  }

  /** Nothing is left to settle here. Whoever notices may say so; the observer is told once, and of no settled event. */
  lose(): void {
    if (!this.#isSettled) this.#settler.lose(this.message);
    this.#isSettled = true;
    this.abort();
    this.onLost();
  }

  /** Tells the handler that its lease no longer protects it. */
  abort(reason: unknown = new DOMException('the lease is lost', 'AbortError')): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(this.#abortReason);
  }

  #settle(verb: SettlingVerb, given?: SettlingArgument): A {
    const reopen = () => {
      this.#isSettled = false;
    };
    const check = (settlement: Settlement) => {
      if (settlement !== 'ok') this.abort();
    };
    this.#isSettled = true;
    try {
      return whenAnswered(this.#settler.settle(verb, this.message, given), check, reopen);
    } catch (error) {
      reopen();
      throw error;
    }
  }

  /** Made when first asked for: most handlers never look. */
  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    return this.#abort.signal;
  }
}
