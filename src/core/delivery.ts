import type { EventMessage, Settlement } from './message.ts';
import type { NackOptions, RejectOptions } from './protocols.ts';
import {
  type Answer,
  type Settler,
  type SettlingArgument,
  type SettlingVerb,
  whenAnswered,
} from './settler.ts';

interface SettlementVerbs<A extends Answer> {
  /** Done: the event is never delivered again. */
  ack(): A;
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
export interface Delivery<Payload = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Promise<Settlement>> {}

/** {@link Delivery} of a synchronous channel. */
export interface SyncDelivery<Payload = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Settlement> {}

/** Returns or resolves: acknowledged. Throws or rejects: delivered again after a back-off. */
export type AsyncEventHandler<Payload = unknown> = (delivery: Delivery<Payload>) => unknown;

/** Returns: acknowledged. Throws: delivered again after a back-off. */
export type SyncEventHandler<Payload = unknown> = (delivery: SyncDelivery<Payload>) => unknown;

/**
 * The private side of a delivery: what its channel may do with it beyond what a handler may.
 * Invariant: `isSettled` from the moment that an ack, nack or reject is asked for, unless that call fails.
 */
export class Handout<A extends Answer> {
  readonly message: EventMessage;
  readonly delivery: EventMessage & SettlementVerbs<A>;
  #isSettled = false;
  #abort: AbortController | undefined;
  #abortReason: unknown;

  constructor(message: EventMessage, settler: Settler<A>, leaseMs: number) {
    this.message = message;
    const signal = () => this.#signal();
    const final = (verb: SettlingVerb, given?: SettlingArgument) =>
      this.#final(() => settler.settle(verb, message, given));
    this.delivery = Object.freeze({
      ...message,
      ack: () => final('ack'),
      nack: (options?: NackOptions) => final('nack', options),
      reject: (reason?: string | RejectOptions) =>
        final('reject', typeof reason === 'string' ? { reason } : reason),
      extend: (ms: number = leaseMs) =>
        whenAnswered(settler.settle('extend', message, ms), (settlement) =>
          this.#check(settlement),
        ),
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

  /** Tells the handler that its lease no longer protects it. */
  abort(reason: unknown): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(this.#abortReason);
  }

  #final(settle: () => A): A {
    const reopen = () => {
      this.#isSettled = false;
    };
    this.#isSettled = true;
    try {
      return whenAnswered(settle(), (settlement) => this.#check(settlement), reopen);
    } catch (error) {
      reopen();
      throw error;
    }
  }

  #check(settlement: Settlement): void {
    if (settlement === 'ok') return;
    this.#isSettled = true;
    this.abort(new DOMException('the lease is lost', 'AbortError'));
  }

  /** Made when first asked for: most handlers never look. */
  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    return this.#abort.signal;
  }
}
