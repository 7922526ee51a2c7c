import type { Delivered } from './delivered-leases.ts';
import { ignore } from './ignore.ts';
import type { EventMessage, Lease, Settlement } from './message.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { NackOptions, RejectOptions } from './protocols.ts';
import type {
  Answer,
  SettlementWatcher,
  Settler,
  SettlingArgument,
  SettlingVerb,
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
  readonly signal: PlatformAbortSignal;
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
export class DeliveryHandle<A extends Answer> implements Delivered, SettlementWatcher {
  readonly message: EventMessage;
  readonly delivery: EventMessage & SettlementVerbs<A>;
  /** Called when the lease is lost, also after the event was settled. */
  onLost: (handout: this) => void = ignore;
  /** What the last ack, nack or reject came to, or will come to. */
  settling: A | undefined;
  /** Its handler has ended, well or not; what is left is to settle. */
  isHandled = false;
  readonly #settler: Settler<A>;
  readonly #leaseMs: number;
  #isSettled = false;
  #isLost = false;
  #abort: AbortController | undefined;
  #abortReason: unknown;

  constructor(message: EventMessage, settler: Settler<A>, leaseMs: number) {
    this.message = message;
    this.#settler = settler;
    this.#leaseMs = leaseMs;
    settler.delivered.add(this);
    this.delivery = new LeasedDelivery(message, this) as EventMessage & LeasedDelivery<A>;
  }

  get eventId(): string {
    return this.message.eventId;
  }

  get channel(): string {
    return this.message.channel;
  }

  get lease(): Lease | undefined {
    return this.message.lease;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Made when first asked for: most handlers never look. */
  get signal(): PlatformAbortSignal {
    this.#abort ??= new AbortController();
    if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    return this.#abort.signal;
  }

  /** Whether `error` is what {@link abort} gave to the handler. */
  isAbort(error: unknown): boolean {
    return error !== undefined && error === this.#abortReason;
  }

  /** Nothing is left to settle here. Whoever notices may say so; the observer is told once, and of no settled event. */
  lose(): void {
    if (!this.#isSettled) this.#settler.lose(this);
    this.#isSettled = true;
    this.abort();
    if (this.#isLost) return;
    this.#isLost = true;
    this.onLost(this);
  }

  /** Tells the handler that its lease no longer protects it. */
  abort(reason: unknown = new DOMException('the lease is lost', 'AbortError')): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(this.#abortReason);
  }

  settle(verb: Exclude<SettlingVerb, 'extend'>, given?: SettlingArgument): A {
    this.#isSettled = true;
    this.settling = this.#settler.settle(verb, this, given, this);
    return this.settling;
  }

  extend(ms: number = this.#leaseMs): A {
    return this.#settler.settle('extend', this, ms, this);
  }

  answered(verb: SettlingVerb, settlement: Settlement): void {
    if (settlement === 'ok') return;
    if (verb === 'extend') this.lose();
    else this.abort();
  }

  failed(verb: SettlingVerb): void {
    if (verb !== 'extend') this.#isSettled = false;
  }
}

/** What a handler gets: the message, and verbs that it may also take out of it, `({ ack }) => ack()`. */
class LeasedDelivery<A extends Answer> implements SettlementVerbs<A> {
  readonly #handout: DeliveryHandle<A>;

  constructor(message: EventMessage, handout: DeliveryHandle<A>) {
    Object.assign(this, message);
    this.#handout = handout;
    Object.freeze(this);
  }

  get ack() {
    return (reply?: unknown): A =>
      this.#handout.settle('ack', reply === undefined ? undefined : { reply });
  }

  get nack() {
    return (options?: NackOptions): A => this.#handout.settle('nack', options);
  }

  get reject() {
    return (reason?: string | RejectOptions): A =>
      this.#handout.settle('reject', typeof reason === 'string' ? { reason } : reason);
  }

  get extend() {
    return (ms?: number): A => this.#handout.extend(ms);
  }

  get signal(): PlatformAbortSignal {
    return this.#handout.signal;
  }
}
