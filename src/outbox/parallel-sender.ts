import type { Delivery } from '../core/delivery/delivery.ts';
import { applyOptions, checkWholeNumber, refuse, requireOptions } from '../core/options/options.ts';
import { isBranded } from '../core/reports/errors.ts';
import { abortedByEither } from '../core/runtime/aborted-by-either.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import { type BatchOutcome, type BatchSender, batchSender, concernsHost } from './batch-sender.ts';
import { checkOutcome, type Sender } from './send-outcome.ts';

export interface ParallelOptions {
  /** Events that are leased, and acknowledged, in one step, from 1. */
  readonly size: number;
  /** Requests that run at the same time, from 1; default 4. It begins with one, and again after a failure of the host. */
  readonly concurrency?: number | undefined;
}

const RULES = { size: 1, concurrency: 1 };

/**
 * Sends each event in a request of its own, but leases and acknowledges `size` events in one step. That saves most of the work of
 * the backend where many small events wait. `maxConcurrency` of the outbox counts such steps: 1 keeps `concurrency` requests. The
 * price: the events of a step are acknowledged when the last of them has been answered, so a crash sends up to `size` events
 * again, under the same keys. After an answer that concerns the whole host the rest of the step is not sent.
 *
 * Errors: `TypeError` for options out of range.
 *
 * @example
 * const send = parallelSender(httpSender<Reading>({ url: '/readings' }), { size: 50, concurrency: 4 });
 * const outbox = createOutbox({ events, channel: 'readings', send, maxConcurrency: 1 });
 */
export function parallelSender<Payload = unknown>(
  send: Sender<Payload>,
  options: ParallelOptions,
): BatchSender<Payload> {
  if (typeof send !== 'function') refuse('send', 'a function', send);
  requireOptions(options);
  const given = applyOptions<Partial<ParallelOptions>>({}, options, RULES);
  const size = checkWholeNumber('size', given.size, 1);
  const { concurrency = 4 } = given;
  let width = 1;
  const sendAll = async (deliveries: readonly Delivery<Payload>[], signal: PlatformAbortSignal) => {
    const outcomes = deliveries.map((): BatchOutcome => ({ result: 'unsent' }));
    const waiting = [...deliveries.entries()];
    let isEnded = false;
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one && !isEnded; one = waiting.shift()) {
        const [at, delivery] = one;
        const outcome = await outcomeOf(send, delivery, signal);
        outcomes[at] = outcome;
        if (concernsHost(outcome)) isEnded = true;
        width = isEnded ? 1 : width + 1;
        if (running.length < Math.min(width, concurrency) && !isEnded) running.push(work());
      }
    };
    const running: Promise<void>[] = [];
    while (running.length < Math.min(width, concurrency)) running.push(work());
    for (let at = 0; at < running.length; at += 1) await running[at];
    return outcomes;
  };
  return batchSender(sendAll, { size });
}

/** Never rejects. */
async function outcomeOf<Payload>(
  send: Sender<Payload>,
  delivery: Delivery<Payload>,
  signal: PlatformAbortSignal,
): Promise<BatchOutcome> {
  const ending = abortedByEither(delivery.signal, signal);
  try {
    throwIfAborted(delivery.signal);
    throwIfAborted(signal);
    return checkOutcome(await send(delivery, ending.signal));
  } catch (error) {
    if (isBranded(error, 'RejectError'))
      return { result: 'reject', reason: String(partOf(error, 'message')), error };
    return { result: 'retry', error };
  } finally {
    ending.forget();
  }
}
