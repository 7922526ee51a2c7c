import type { Delivery } from '../core/delivery/delivery.ts';
import type { HandlerPort } from '../core/listening/handler-port.ts';
import type { ListenerWork } from '../core/listening/paced-handler.ts';
import { applyOptions, checkWholeNumber, refuse, requireOptions } from '../core/options/options.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { BatchCollector } from '../flow/batch-collector.ts';
import type { BatchResults } from '../flow/batch-results.ts';
import type { RequestPort, RunningRequest } from './running-request.ts';
import { checkOutcome, type SendOutcome } from './send-outcome.ts';

/** `unsent`: no request has had the event. It is due again at once, and the attempt does not count. */
export type BatchOutcome = SendOutcome | { readonly result: 'unsent' };

type BatchOutcomes = readonly (BatchOutcome | undefined)[];

/**
 * Sends many events in one request. Returns one outcome for each delivery in their order; undefined means `done`. Returning
 * nothing means that all are `done`, and a thrown error means `retry` for all. `signal` aborts when the network is gone, and
 * when no event of the batch is leased any more.
 */
export type BatchSend<Payload = unknown> = (
  deliveries: readonly Delivery<Payload>[],
  signal: PlatformAbortSignal,
) => BatchOutcomes | undefined | void | Promise<BatchOutcomes | undefined> | Promise<void>;

export interface BatchSize {
  /** Most events of one request, from 1. */
  readonly size: number;
  /**
   * Longest time in milliseconds for which the first event of a batch waits for others, from 0; default 0: a batch is what is
   * due. A longer wait makes larger batches, and delays each event by up to that time.
   */
  readonly maxWaitMs?: number | undefined;
}

/** What sends events in batches. `batchSender` and `httpBatchSender` make it; pass it to `createOutbox`. */
export interface BatchSender<Payload = unknown> {
  readonly size: number;
  readonly send: BatchSend<Payload>;
  /** Returns the work of the listener of an outbox. It sends by `sendMany`, default {@link send}. */
  readonly pace: (
    work: ListenerWork,
    port: HandlerPort,
    dispatcher: RequestPort,
    sendMany?: BatchSend,
  ) => ListenerWork;
}

const RULES = { size: 1, maxWaitMs: 0 };

/**
 * Lets an outbox send up to `size` events in one call of `send`. `maxConcurrency` of the outbox counts calls. Each event has its
 * own lease, outcome and attempts.
 *
 * An event that has failed before is sent by itself, so that a request which fails because of one event fails for the others
 * once. After a failure of the whole host the first request has few events, half as many after each further failure. Errors:
 * `TypeError` for options out of range.
 *
 * @example
 * const send = batchSender<Order>(async (deliveries) => socket.upload(deliveries), { size: 50 });
 */
export function batchSender<Payload = unknown>(
  send: BatchSend<Payload>,
  options: BatchSize,
): BatchSender<Payload> {
  if (typeof send !== 'function') refuse('send', 'a function', send);
  requireOptions(options);
  const given = applyOptions<Partial<BatchSize>>({}, options, RULES);
  const size = checkWholeNumber('size', given.size, 1);
  const { maxWaitMs = 0 } = given;
  const pace: BatchSender['pace'] = (work, port, dispatcher, sendMany = send as BatchSend) => {
    const { concurrency } = work.settings;
    const batches = new Batches(sendMany, size, port, dispatcher);
    const source = { ...work.source, claim: dispatcher.claim };
    const limits = { size, maxWaitMs, concurrency };
    const { claim, collect } = new BatchCollector(batches.run, limits, { source }, port);
    const settings = { ...work.settings, concurrency: concurrency * size };
    return { handler: collect, settings, source: { ...source, claim } };
  };
  return { size, send, pace };
}

/** Sends the batches of one outbox. */
class Batches {
  readonly #send: BatchSend;
  readonly #size: number;
  readonly #port: HandlerPort;
  readonly #dispatcher: RequestPort;

  constructor(send: BatchSend, size: number, port: HandlerPort, dispatcher: RequestPort) {
    this.#send = send;
    this.#size = size;
    this.#port = port;
    this.#dispatcher = dispatcher;
  }

  readonly run = async (deliveries: readonly Delivery[]): Promise<BatchResults> => {
    const dispatcher = this.#dispatcher;
    const request = dispatcher.begin();
    try {
      const outcomes = await this.#outcomesOf(deliveries, request.cut);
      const ends = deliveries.map((delivery, at) =>
        this.#end(delivery, outcomes.get(delivery) ?? { result: 'unsent' }, request, at),
      );
      return await Promise.allSettled(ends);
    } finally {
      dispatcher.gate.ended();
    }
  };

  /** The outcome of each delivery that was sent. One that concerns the whole host ends the batch. */
  async #outcomesOf(
    deliveries: readonly Delivery[],
    cut: PlatformAbortSignal,
  ): Promise<ReadonlyMap<Delivery, BatchOutcome>> {
    const { failures } = this.#dispatcher.gate;
    const outcomes = new Map<Delivery, BatchOutcome>();
    for (const planned of groupsOf(deliveries, Math.max(1, this.#size >> failures))) {
      // Other contexts may have the events whose leases were lost during the request before.
      const group = planned.filter(({ signal }) => !signal.aborted);
      if (group.length === 0 || cut.aborted) continue;
      const answers = await this.#request(group, cut);
      for (const [at, delivery] of group.entries())
        outcomes.set(delivery, answers[at] ?? { result: 'done' });
      if (failures > 0 || answers.some((answer) => answer && concernsHost(answer))) break;
    }
    return outcomes;
  }

  /** Never rejects. */
  async #request(group: readonly Delivery[], cut: PlatformAbortSignal): Promise<BatchOutcomes> {
    const ending = endOf(group, cut);
    try {
      return checkOutcomes(await this.#send(group, ending.signal), group.length);
    } catch (error) {
      return group.map(() => ({ result: 'retry', error }));
    } finally {
      ending.forget();
    }
  }

  async #end(
    delivery: Delivery,
    outcome: BatchOutcome,
    request: RunningRequest,
    _at: number,
  ): Promise<void> {
    const { signal } = delivery;
    // The listener recognises the reason of the delivery's own signal.
    if (signal.aborted && outcome.result !== 'done') throw signal.reason;
    if (outcome.result !== 'unsent') return this.#dispatcher.conclude(delivery, outcome, request);
    await delivery.nack(this.#port.capabilities.countsAsAttempt && { countsAsAttempt: false });
  }
}

/** What is sent in one request: the events that have not failed yet, at most `most`, and each other event by itself. */
function groupsOf(deliveries: readonly Delivery[], most: number): readonly (readonly Delivery[])[] {
  const fresh = deliveries.filter(({ attempts }) => attempts <= 1);
  const failed = deliveries.filter(({ attempts }) => attempts > 1);
  const groups = failed.map((delivery) => [delivery]);
  return fresh.length > 0 ? [fresh.slice(0, most), ...groups] : groups;
}

/** Whether the next request would meet the same. */
export function concernsHost({ result }: BatchOutcome): boolean {
  return result === 'hold' || result === 'unreachable' || result === 'unauthorized';
}

/** A signal that aborts with `cut`, or when all deliveries have lost their leases, until `forget` is called. */
function endOf(
  deliveries: readonly Delivery[],
  cut: PlatformAbortSignal,
): { readonly signal: PlatformAbortSignal; readonly forget: Stop } {
  const ending = new AbortController();
  const signals = deliveries.map(({ signal }) => signal);
  const follow = () => {
    if (cut.aborted) ending.abort(cut.reason);
    else if (signals.every(({ aborted }) => aborted)) ending.abort(signals[0]?.reason);
  };
  for (const signal of [cut, ...signals]) signal.addEventListener('abort', follow);
  follow();
  return {
    signal: ending.signal,
    forget: () => {
      for (const signal of [cut, ...signals]) signal.removeEventListener('abort', follow);
    },
  };
}

/** Throws a `TypeError` unless there is one valid outcome for each delivery. */
function checkOutcomes(given: unknown, count: number): BatchOutcomes {
  if (given === undefined) return Array.from({ length: count }, () => undefined);
  if (!Array.isArray(given)) refuse('result of send', 'nothing, or an array of outcomes', given);
  if (given.length !== count)
    refuse('result of send', `one outcome for each of its ${count} deliveries`, given.length);
  return given.map((one: unknown) => (isUnsent(one) ? one : checkOutcome(one)));
}

function isUnsent(outcome: unknown): outcome is BatchOutcome {
  return (outcome as { readonly result?: unknown } | undefined)?.result === 'unsent';
}
