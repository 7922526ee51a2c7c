import type { NewEvent } from '../../../queue/event-store.ts';
import { findBlob } from '../database/refused-values.ts';
import type { WriteOptions } from '../database/transactions.ts';
import { LARGE_BYTES } from '../schema/event-rows.ts';

/**
 * A commit is as durable as its strictest event. If no event has the option, the backend's durability applies. `readsAfter`: the
 * commit reads after its writes, so none of these is its last request.
 */
export function writeOptionsOf(
  events: readonly NewEvent[],
  writeCount: number,
  guardCount: number,
  readsAfter: boolean,
): WriteOptions {
  const isStrict = events.some(({ durability }) => durability === 'strict');
  const isRelaxed = events.every(({ durability }) => durability === 'relaxed');
  const isAmid = readsAfter || (writeCount > 1 && (guardCount > 0 || events.length > 1));
  const mayFailAmid =
    isAmid && events.some((event) => event.bytes > LARGE_BYTES || findBlob(event));
  const guardsAreLast = guardCount === 0 || (guardCount === 1 && !readsAfter);
  return {
    ...((isStrict || isRelaxed) && { durability: isStrict ? 'strict' : 'relaxed' }),
    ...(guardCount > 1 && { guardCount }),
    ...((mayFailAmid || !guardsAreLast) && { ending: 'auto' }),
  };
}
