import type { Delivery } from '../core/delivery/delivery.ts';
import { refuse } from '../core/options/options.ts';

/** One result for each delivery, in the order of the deliveries: what `Promise.allSettled` resolves with. */
export type BatchResults = readonly (
  | { readonly status: 'fulfilled' }
  | { readonly status: 'rejected'; readonly reason: unknown }
)[];

/**
 * Handles the deliveries of a batch. Without a result every delivery is acknowledged. With {@link BatchResults} a delivery is
 * acknowledged if its result is `fulfilled`, and fails with its own `reason` otherwise. If the handler throws, every delivery
 * fails with that error. A delivery that the handler has settled itself keeps that settlement.
 */
export type BatchHandler<Payload = unknown, Reply = unknown> = (
  deliveries: readonly Delivery<Payload, Reply>[],
) => undefined | void | BatchResults | Promise<void> | Promise<BatchResults | undefined>;

/** The results of a batch of `count` deliveries, or undefined if its handler returned none. Throws a `TypeError` for others. */
export function checkResults(results: unknown, count: number): BatchResults | undefined {
  if (results === undefined) return undefined;
  if (!Array.isArray(results))
    refuse('results of a batch', 'undefined, or an array as of Promise.allSettled', results);
  if (results.length !== count)
    refuse('results of a batch', `one for each of its ${count} deliveries`, results.length);
  for (const result of results as readonly unknown[])
    if (!isResult(result))
      refuse('a result', "{ status: 'fulfilled' } or { status: 'rejected', reason }", result);
  return results as BatchResults;
}

function isResult(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { status } = value as { readonly status?: unknown };
  return status === 'fulfilled' || status === 'rejected';
}
