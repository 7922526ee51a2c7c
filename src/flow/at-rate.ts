import type { AsyncEventHandler } from '../core/delivery.ts';
import { holdFor } from '../core/hold.ts';
import { applyOptions, checkWholeNumber, refuse, requireOptions } from '../core/options.ts';
import type { ClaimEvents, PacedHandler } from '../core/paced-handler.ts';
import { pause } from '../core/pause.ts';
import { elapsedMs } from '../core/runtime.ts';
import { throwIfAborted } from '../core/throw-if-aborted.ts';
import { pacedHandler, paceWork } from './pace-work.ts';
import { StartWindow } from './start-window.ts';

export interface RateOptions {
  /** Handlers that may start within `perMs`, from 1. */
  readonly limit: number;
  /** Length of the window in milliseconds, from 1. */
  readonly perMs: number;
}

const RULES = { limit: 1, perMs: 1 };

/**
 * Limits how many handlers of a listener start: at most `limit` in any span of `perMs` milliseconds. The listener leases no
 * event that it may not start, so other consumers receive those events meanwhile.
 *
 * The limit is one of each listener. Two listeners of a channel, or of two tabs, have two limits. A retry counts as a start.
 * With {@link inBatches} inside, each event of a batch counts. `drain()` waits for the rate as long as events are due. Errors:
 * `TypeError` for options out of range.
 *
 * @example
 * events.listen('mail.send', atRate(send, { limit: 10, perMs: 1_000 }), { concurrency: 4 });
 */
export function atRate<Payload, Reply = unknown>(
  handler: AsyncEventHandler<Payload, Reply> | PacedHandler<Payload, Reply>,
  options: RateOptions,
): PacedHandler<Payload, Reply> {
  if (typeof handler !== 'function') refuse('handler', 'a function', handler);
  requireOptions(options);
  const { limit, perMs } = applyOptions<Partial<RateOptions>>({}, options, RULES);
  const most = checkWholeNumber('limit', limit, 1);
  const spanMs = checkWholeNumber('perMs', perMs, 1);
  return pacedHandler('atRate', (given, port) => {
    const work = paceWork(handler as AsyncEventHandler, given, port);
    const { runtime } = port;
    const window = new StartWindow(most, spanMs);
    const claim: ClaimEvents = async (free, waitMs, settings, signal) => {
      for (;;) {
        const restMs = window.restMsAt(elapsedMs(runtime));
        if (restMs <= 0) break;
        await holdFor(runtime, settings.keepAlive, pause(runtime, Math.ceil(restMs), signal));
        throwIfAborted(signal);
      }
      const allowed = Math.min(free, window.freeAt(elapsedMs(runtime)));
      return work.source.claim(allowed, waitMs, settings, signal);
    };
    const run: AsyncEventHandler = (delivery) => {
      window.add(elapsedMs(runtime));
      return work.handler(delivery);
    };
    return { ...work, handler: run, source: { ...work.source, claim } };
  });
}
