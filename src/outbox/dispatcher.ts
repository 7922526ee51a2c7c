import type { Delivery } from '../core/delivery/delivery.ts';
import type { Failure } from '../core/events/death-reason.ts';
import type { HandlerPort } from '../core/listening/handler-port.ts';
import type { ClaimEvents, ListenerWork } from '../core/listening/paced-handler.ts';
import { describeFailure } from '../core/options/describe-failure.ts';
import { isBranded, RejectError, RetryError } from '../core/reports/errors.ts';
import { abortedByEither } from '../core/runtime/aborted-by-either.ts';
import { nextDelayMs } from '../core/runtime/backoff.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { BatchSender } from './batch-sender.ts';
import type { ResolvedOutbox } from './outbox-options.ts';
import type { OutboxStatus } from './outbox-store.ts';
import { RetryTimes } from './retry-times.ts';
import type { RequestPort, RunningRequest } from './running-request.ts';
import { SendGate } from './send-gate.ts';
import { checkOutcome, type Sender, type SendOutcome } from './send-outcome.ts';

/** How an event is sent again. */
interface Postponement {
  readonly delayMs: number;
  /** Whether the attempt counts; default true. */
  readonly countsAsAttempt?: boolean;
  readonly reason?: 'offline';
}

/**
 * Claims what the gate lets start, sends it, and turns each outcome into what the gate and the listener do next. A failed send
 * becomes an error, so the listener settles and reports it as it does for every handler.
 */
export class Dispatcher implements RequestPort {
  readonly gate: SendGate;
  readonly #send: Sender;
  /** Events of one request. */
  readonly #batchSize: number;
  readonly #port: HandlerPort;
  readonly #work: ListenerWork;
  readonly #onUnauthorized: (() => unknown) | undefined;
  /** Called at each change of the gate. */
  onChange: () => void = ignore;
  /** Called when requests start again after the host was unreachable. */
  onReturn: () => void = ignore;
  /** Ends the wait of a claim that no request may follow. */
  #endWait: () => void = ignore;
  #lastError: Failure | null = null;
  /** Authorizations that were renewed. A request that began before the last one proves nothing. */
  #renewalCount = 0;
  /** Events that were refused as unauthorized in their last attempt. */
  readonly #unauthorized = new Set<string>();
  readonly #retryTimes = new RetryTimes();

  constructor(
    send: Sender | BatchSender,
    work: ListenerWork,
    port: HandlerPort,
    settings: ResolvedOutbox,
  ) {
    this.#send = send as Sender;
    this.#batchSize = 'size' in send ? send.size : 1;
    this.#port = port;
    this.#work = work;
    this.#onUnauthorized = settings.onUnauthorized;
    const change = () => {
      this.#endWait();
      this.onChange();
    };
    const terms = { ...work.settings, ...settings };
    this.gate = new SendGate(port.runtime, terms, change, () => this.onReturn());
  }

  /** The claim of the listener. */
  readonly claim: ClaimEvents = async (limit, waitMs, settings, signal) => {
    while (this.gate.room <= 0) {
      throwIfAborted(signal);
      await this.#untilChange(signal);
    }
    const most = this.gate.room * this.#batchSize;
    return this.#work.source.claim(Math.min(limit, most), waitMs, settings, signal);
  };

  /** The handler of the listener. */
  readonly dispatch = async (delivery: Delivery): Promise<void> => {
    const request = this.begin();
    try {
      const outcome = await this.#outcomeOf(delivery, request.cut);
      await this.conclude(delivery, outcome, request);
    } finally {
      this.gate.ended();
    }
  };

  begin(): RunningRequest {
    const request = { cut: this.gate.signal, renewalCount: this.#renewalCount, hasWidened: false };
    this.gate.started();
    return request;
  }

  async conclude(delivery: Delivery, outcome: SendOutcome, request: RunningRequest): Promise<void> {
    if (outcome.result !== 'unauthorized') this.#unauthorized.delete(delivery.eventId);
    this.#note(outcome);
    // The gate has ended the request itself, so its end proves nothing.
    if (request.cut.aborted && outcome.result !== 'done')
      throw postpone({ delayMs: 1, reason: 'offline' }, outcome.error);
    await this.#conclude(delivery, outcome, request);
  }

  get status(): OutboxStatus {
    const { gate } = this;
    const now = this.#port.runtime.now();
    return {
      state: gate.state,
      pauseReason: gate.pauseReason ?? null,
      lastError: this.#lastError,
      nextAttemptAt: gate.waitsUntil ?? this.#retryTimes.nextAfter(now),
    };
  }

  async #outcomeOf(delivery: Delivery, cut: AbortSignal): Promise<SendOutcome> {
    const ending = abortedByEither(delivery.signal, cut);
    try {
      throwIfAborted(delivery.signal);
      if (cut.aborted) return { result: 'unreachable', error: cut.reason };
      return checkOutcome(await this.#send(delivery, ending.signal));
    } catch (error) {
      // The listener recognises the reason of the delivery's own signal.
      if (delivery.signal.aborted) throw delivery.signal.reason;
      if (cut.aborted) return { result: 'unreachable', error: cut.reason };
      if (!isBranded(error, 'RejectError') && !isBranded(error, 'RetryError'))
        return { result: 'retry', error };
      this.#lastError = describeFailure(error);
      throw error;
    } finally {
      ending.forget();
    }
  }

  async #conclude(
    delivery: Delivery,
    outcome: SendOutcome,
    request: RunningRequest,
  ): Promise<void> {
    const { gate } = this;
    switch (outcome.result) {
      case 'done':
        return this.#widen(request);
      case 'reject':
        this.#widen(request);
        throw new RejectError(outcome.reason, { cause: outcome.error });
      case 'retry':
        throw this.#retry(delivery, outcome.error, outcome.afterMs);
      case 'hold': {
        const delayMs = gate.hold(outcome.afterMs);
        throw postpone({ delayMs, countsAsAttempt: false }, outcome.error);
      }
      case 'unreachable': {
        const delayMs = await gate.unreachable();
        if (delayMs === undefined) throw this.#retry(delivery, outcome.error);
        throw postpone({ delayMs, reason: 'offline' }, outcome.error);
      }
      case 'unauthorized':
        throw this.#refused(delivery, outcome.error, request.renewalCount);
      default:
        return outcome satisfies never;
    }
  }

  #widen(request: RunningRequest): void {
    if (!request.hasWidened) this.gate.succeeded();
    request.hasWidened = true;
  }

  #retry({ attempts }: Delivery, error: unknown, afterMs?: number): Error {
    const { runtime } = this.#port;
    const random = () => runtime.random();
    const delayMs = afterMs ?? nextDelayMs(attempts, this.#work.settings, random);
    const { maxAttempts } = this.#work.settings;
    if (attempts < maxAttempts) this.#retryTimes.add(runtime.now(), delayMs);
    return postpone({ delayMs }, error);
  }

  #refused(delivery: Delivery, error: unknown, renewalCount: number): Error {
    const { eventId } = delivery;
    const isOld = renewalCount !== this.#renewalCount;
    if (!isOld) {
      // The renewed authorization does not help this event. Its attempt counts, so it cannot hold up the others for ever.
      if (this.#unauthorized.delete(eventId)) return this.#retry(delivery, error);
      this.#unauthorized.add(eventId);
      if (!this.gate.isUnauthorized) {
        this.gate.pause('unauthorized', 'unauthorized');
        if (this.#onUnauthorized) void this.#renew(this.#onUnauthorized);
      }
    }
    return postpone({ delayMs: 1, countsAsAttempt: false }, error);
  }

  /** Ends the wait of the gate. The events that failed have been made due. */
  flush(): void {
    this.#retryTimes.clear();
    this.gate.flush();
  }

  /** Ends every pause. A request that is refused as unauthorized after this call pauses the outbox again. */
  resume(): void {
    this.#renewalCount += 1;
    this.gate.resume();
  }

  /** Never rejects. The outbox stays paused if the authorization cannot be renewed. */
  async #renew(onUnauthorized: () => unknown): Promise<void> {
    const renewalCount = this.#renewalCount;
    try {
      await onUnauthorized();
      if (renewalCount !== this.#renewalCount) return;
      this.#renewalCount += 1;
      this.gate.resume('unauthorized');
    } catch (error) {
      this.#lastError = describeFailure(error);
      this.onChange();
    }
  }

  /** While the outbox is held back, a late success does not hide the reason. */
  #note(outcome: SendOutcome): void {
    if (outcome.result === 'done') {
      if (this.gate.isOpen) this.#lastError = null;
      return;
    }
    const message = outcome.result === 'reject' ? outcome.reason : outcome.result;
    this.#lastError = describeFailure(outcome.error ?? { message });
  }

  #untilChange(signal: PlatformAbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#endWait = end;
      signal.addEventListener('abort', end);
    });
  }
}

/** What the listener settles a failed send by. Its message is that of `cause`. */
function postpone({ delayMs, ...options }: Postponement, cause: unknown): RetryError {
  const { message } = describeFailure(cause ?? { message: 'not sent' });
  return new RetryError(delayMs, message, { cause, ...options });
}
