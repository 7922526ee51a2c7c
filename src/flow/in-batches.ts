import type { PacedHandler } from '../core/listening/paced-handler.ts';
import { applyOptions, checkWholeNumber, refuse, requireOptions } from '../core/options/options.ts';
import { BatchCollector } from './batch-collector.ts';
import type { BatchHandler } from './batch-results.ts';
import { pacedHandler } from './pace-work.ts';

export interface BatchOptions {
  /** Most events of one batch, from 1. */
  readonly size: number;
  /**
   * Longest time in milliseconds for which the first event of a batch waits for others, from 0; default 0. With 0 a batch is
   * what one claim returned. A longer wait makes larger batches, and delays each event by up to that time. Its lease is
   * extended meanwhile.
   */
  readonly maxWaitMs?: number | undefined;
}

const RULES = { size: 1, maxWaitMs: 0 };

/**
 * Calls `handler` with up to `size` deliveries at a time. `concurrency` of the listener counts batches. While so many batches
 * run, the listener leases nothing, so at most `size` events wait for others.
 *
 * Each delivery has its own lease, signal and attempts. One that loses its lease before the batch starts is left out. At
 * `pause()` and `stop()` the events of a batch that has not started are released without counting the attempt. `drain()`
 * starts a batch as soon as no event is due. Errors: `TypeError` for options out of range. Results that do not fit the
 * deliveries are a `TypeError` too, with which every delivery of the batch fails.
 *
 * @example
 * const upload = inBatches<Order>(
 *   async (deliveries) => Promise.allSettled(deliveries.map(({ payload }) => put(payload))),
 *   { size: 50, maxWaitMs: 200 },
 * );
 * events.listen('order.placed', upload, { concurrency: 2 });
 */
export function inBatches<Payload, Reply = unknown>(
  handler: BatchHandler<Payload, Reply>,
  options: BatchOptions,
): PacedHandler<Payload, Reply> {
  if (typeof handler !== 'function') refuse('handler', 'a function', handler);
  requireOptions(options);
  const given = applyOptions<Partial<BatchOptions>>({}, options, RULES);
  const size = checkWholeNumber('size', given.size, 1);
  const { maxWaitMs = 0 } = given;
  return pacedHandler('inBatches', (work, port) => {
    const { concurrency } = work.settings;
    const run = handler as BatchHandler;
    // A larger batch could never be full, and would wait for `maxWaitMs` in vain.
    const most = Math.min(size, work.startLimit?.most ?? size);
    const collector = new BatchCollector(run, { size: most, maxWaitMs, concurrency }, work, port);
    const { claim, collect } = collector;
    const settings = { ...work.settings, concurrency: concurrency * most };
    return { handler: collect, settings, source: { ...work.source, claim } };
  });
}
