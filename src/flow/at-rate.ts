import type { AsyncEventHandler, Delivery } from '../core/delivery/delivery.ts';
import type { HandlerPort } from '../core/listening/handler-port.ts';
import type { ClaimEvents, ListenerWork, PacedHandler } from '../core/listening/paced-handler.ts';
import { pause } from '../core/listening/pause.ts';
import { applyOptions, checkWholeNumber, refuse, requireOptions } from '../core/options/options.ts';
import { holdFor } from '../core/runtime/hold.ts';
import { elapsedMs } from '../core/runtime/runtime.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
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
 * With {@link inBatches} inside, each event of a batch counts, from the start of the batch, and a batch has at most `limit` events:
 * one that waits for its batch takes up a start. `drain()` waits for the rate as long as events are due. Errors:
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
    const window = new StartWindow(most, spanMs);
    const outer = given.startLimit;
    const onStart = (delivery: Delivery) => {
      window.waiting.delete(delivery);
      window.add(elapsedMs(port.runtime));
      outer?.onStart(delivery);
    };
    const startLimit = { most: Math.min(most, outer?.most ?? most), onStart };
    const inner = handler as AsyncEventHandler;
    const work = paceWork(inner, { ...given, startLimit }, port);
    const run = 'pace' in inner ? startingLater(work, window) : startingNow(work, onStart);
    const claim = claimWithin(window, work, port);
    return { ...work, handler: run, source: { ...work.source, claim } };
  });
}

/** Claims as many events as may start, and waits until one may. */
function claimWithin(
  window: StartWindow,
  { source }: ListenerWork,
  { runtime }: HandlerPort,
): ClaimEvents {
  return async (free, waitMs, settings, signal) => {
    for (;;) {
      const restMs = window.restMsAt(elapsedMs(runtime));
      if (restMs <= 0) break;
      await holdFor(runtime, settings.keepAlive, pause(runtime, Math.ceil(restMs), signal));
      throwIfAborted(signal);
    }
    const allowed = Math.min(free, window.freeAt(elapsedMs(runtime)));
    return source.claim(allowed, waitMs, settings, signal);
  };
}

function startingNow(
  { handler }: ListenerWork,
  onStart: (delivery: Delivery) => void,
): AsyncEventHandler {
  return (delivery) => {
    onStart(delivery);
    return handler(delivery);
  };
}

/** For a paced handler, which reports the start itself. A delivery that ends without one was released. */
function startingLater({ handler }: ListenerWork, { waiting }: StartWindow): AsyncEventHandler {
  return async (delivery) => {
    waiting.add(delivery);
    try {
      return await handler(delivery);
    } finally {
      waiting.delete(delivery);
    }
  };
}
