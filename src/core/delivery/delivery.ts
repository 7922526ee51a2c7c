import type { FinalResult } from '../events/event-result.ts';
import type { EventMessage, Lease, Settlement } from '../events/message.ts';
import { queueName } from '../options/queue-name.ts';
import type { NackOptions, RejectOptions } from '../options/settling-arguments.ts';
import { ignore } from '../runtime/ignore.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { Delivered } from './delivered-leases.ts';
import type {
  Answer,
  SettlementWatcher,
  Settler,
  SettlingArgument,
  SettlingVerb,
} from './settler.ts';

interface SettlementVerbs<A extends Answer, Reply = unknown> {
  /**
   * Acknowledges the event: it is never delivered again. `reply` is sent to a publisher that waits for receipts, or kept for a
   * publisher that waits for the result. It must be structured-cloneable and needs the capability `reply`. The value that a
   * handler returns is no reply.
   */
  ack(reply?: Reply): A;
  /** Returns the event: it is delivered again, at its old place by default, or `delayMs` milliseconds from now. */
  nack(options?: NackOptions): A;
  /** Makes the event a dead letter: it is never delivered again. `reason` is kept as the dead letter's note. */
  reject(reason?: string | RejectOptions): A;
  /** Moves the lease's expiry to `ms` milliseconds from now. Default: the `leaseMs` of the delivery. */
  extend(ms?: number): A;
  /**
   * Aborts when the lease is lost or the listener is stopped with `mode: 'release'`. Another consumer may receive the event
   * then, so work that goes on may be done twice. Pass the signal to `fetch` and other calls that take one.
   */
  readonly signal: PlatformAbortSignal;
}

/**
 * A leased event and the verbs that settle it. A verb resolves with the {@link Settlement}: `stale` and `gone` are answers,
 * not errors. Errors: `closed` after `shutdown()`; `storage`, `quota` and others of the backend.
 *
 * @example
 * events.listen('order.placed', async ({ payload, ack, reject, signal }) => {
 *   const response = await fetch('/orders', { method: 'POST', body: JSON.stringify(payload), signal });
 *   if (response.status === 422) await reject('the server refused the order');
 *   else await ack();
 * }, { autoAck: false });
 */
export interface Delivery<Payload = unknown, Reply = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Promise<Settlement>, Reply> {
  readonly after?: FinalResult<Reply>;
}

/** {@link Delivery} of a synchronous channel: the verbs return the {@link Settlement} itself. */
export interface SyncDelivery<Payload = unknown>
  extends EventMessage<Payload>,
    SettlementVerbs<Settlement> {}

/**
 * Handles one event. When it returns or its promise resolves, the event is acknowledged, unless `autoAck` is false. When it
 * throws or rejects, the event is delivered again after a back-off, see `EventChannel.listen`.
 */
export type AsyncEventHandler<Payload = unknown, Reply = unknown> = (
  delivery: Delivery<Payload, Reply>,
) => unknown;

/**
 * {@link AsyncEventHandler} of a synchronous channel. The event is settled when the handler returns. A promise that it
 * returns is not awaited.
 */
export type SyncEventHandler<Payload = unknown> = (delivery: SyncDelivery<Payload>) => unknown;

/**
 * The private side of a delivery, for its channel and listener.
 *
 * States: open, settled, lost. An ack, nack or reject makes an open delivery settled at once, and open again if that call
 * fails. A lost lease makes it lost for good. `isSettled` is true in the last two states: nothing is left to settle here.
 */
export class DeliveryHandle<A extends Answer> implements Delivered, SettlementWatcher {
  readonly message: EventMessage;
  readonly delivery: EventMessage & SettlementVerbs<A>;
  /** Called when the lease is lost, also after the event was settled. */
  onLost: (handle: this) => void = ignore;
  /** The answer to the last ack, nack or reject. */
  settling: A | undefined;
  /** Whether the handler has returned or thrown. */
  isHandled = false;
  readonly #settler: Settler<A>;
  readonly #leaseMs: number;
  #state: 'open' | 'settled' | 'lost' = 'open';
  #abort: AbortController | undefined;
  #abortReason: unknown;

  constructor(message: EventMessage, settler: Settler<A>, leaseMs: number) {
    this.message = message;
    this.#settler = settler;
    this.#leaseMs = leaseMs;
    settler.delivered.add(this);
    this.delivery = new DeliveryView(message, this) as EventMessage & DeliveryView<A>;
  }

  get eventId(): string {
    return this.message.eventId;
  }

  /** The name of the queue that the event is in. */
  get channel(): string {
    return queueName(this.message);
  }

  get lease(): Lease | undefined {
    return this.message.lease;
  }

  get isSettled(): boolean {
    return this.#state !== 'open';
  }

  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /** The controller is made at the first use, because most handlers use no signal. */
  get signal(): PlatformAbortSignal {
    this.#abort ??= new AbortController();
    if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    return this.#abort.signal;
  }

  /** Whether `error` is the reason of this delivery's signal. */
  isAbort(error: unknown): boolean {
    return error !== undefined && error === this.#abortReason;
  }

  /**
   * The lease is lost. The keeper, the backend and a settlement may each call this. The loss is reported once, and not for
   * an event that was settled.
   */
  lose(): void {
    if (this.isLost) return;
    const isOpen = !this.isSettled;
    this.#state = 'lost';
    if (isOpen) this.#settler.lose(this);
    this.abort();
    this.onLost(this);
  }

  /** Aborts the handler's signal. */
  abort(reason: unknown = new DOMException('the lease is lost', 'AbortError')): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(this.#abortReason);
  }

  settle(verb: Exclude<SettlingVerb, 'extend'>, given?: SettlingArgument): A {
    if (this.#state === 'open') this.#state = 'settled';
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
    if (verb !== 'extend' && !this.isLost) this.#state = 'open';
  }
}

/** What a handler receives. The verbs work when they are destructured, too: `({ ack }) => ack()`. */
class DeliveryView<A extends Answer> implements SettlementVerbs<A> {
  readonly #handle: DeliveryHandle<A>;

  constructor(message: EventMessage, handle: DeliveryHandle<A>) {
    Object.assign(this, message);
    this.#handle = handle;
    Object.freeze(this);
  }

  get ack() {
    return (reply?: unknown): A =>
      this.#handle.settle('ack', reply === undefined ? undefined : { reply });
  }

  get nack() {
    return (options?: NackOptions): A => this.#handle.settle('nack', options);
  }

  get reject() {
    return (reason?: string | RejectOptions): A =>
      this.#handle.settle('reject', typeof reason === 'string' ? { reason } : reason);
  }

  get extend() {
    return (ms?: number): A => this.#handle.extend(ms);
  }

  get signal(): PlatformAbortSignal {
    return this.#handle.signal;
  }
}
