import type { EventChannel } from '../core/event-channel.ts';
import type { FinalResult } from '../core/events/event-result.ts';
import { checkSignal, checkWholeNumberOrInfinity } from '../core/options/options.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { AcklineError } from '../core/reports/errors.ts';
import { holdFor } from '../core/runtime/hold.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import {
  type AnyBackend,
  type Inspectable,
  inspectedBackend,
  type SchemaOf,
} from '../inspection/inspectable.ts';
import { checkedQueue } from './result-of.ts';
import { ResultWatch } from './result-watch.ts';
import { resultsSourceOf } from './results-source.ts';

export interface WaitForOptions extends GroupOptions {
  /**
   * Longest wait in milliseconds, from 1; default 30,000. `Infinity`: no limit. After it the call rejects with `timeout`. The
   * event is not affected, and a later `waitFor` finds its result.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: the call rejects with the signal's reason. The event is not affected. */
  readonly signal?: PlatformAbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** The type of the replies on channel `C`. */
export type ReplyTo<Target, C> =
  Target extends EventChannel<infer _Schema, infer Replies, infer _Inputs>
    ? C extends keyof Replies
      ? Replies[C]
      : unknown
    : unknown;

/**
 * Waits until an event is acknowledged, dead or cancelled, in whichever context, and resolves with its {@link FinalResult}. It
 * resolves with `unknown` at once where nothing is known of the event: it was published without `retentionMs`, or its
 * `retentionMs` has passed since it ended. Any context may call it, also after a reload of the page that has published.
 *
 * An event that is redriven from the dead letters is pending again. Over a store that several contexts share, changes of others
 * are noticed by hints, or within a second where the platform has no BroadcastChannel. Needs the capability `retentionMs`.
 * Errors: `timeout`; `unsupported`; `closed` at the shutdown of the backend; `no-group`; those of the storage; `TypeError`.
 *
 * @example
 * const result = await waitFor(events, 'order.placed', 'cart-17', { timeoutMs: 10_000 });
 * if (result.state === 'acknowledged') show(result.reply);
 */
export async function waitFor<Target extends Inspectable, C extends ChannelOf<SchemaOf<Target>>>(
  target: Target,
  channel: C,
  eventId: string,
  options: WaitForOptions = {},
): Promise<FinalResult<ReplyTo<Target, C>>> {
  const backend = inspectedBackend(target);
  const queue = checkedQueue(channel, eventId, options);
  checkWaitOptions(options);
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  throwIfAborted(signal);
  const { runtime = systemRuntime } = backend;
  const asked = { queue, eventId, timeoutMs, signal };
  const result = await holdFor(runtime, 'work', awaitResult(backend, runtime, asked));
  return result as FinalResult<ReplyTo<Target, C>>;
}

/** Throws a `TypeError` for options that are out of range. */
export function checkWaitOptions({ timeoutMs, signal }: WaitForOptions): void {
  if (timeoutMs !== undefined) checkWholeNumberOrInfinity('timeoutMs', timeoutMs);
  checkSignal(signal);
}

interface Asked {
  readonly queue: string;
  readonly eventId: string;
  readonly timeoutMs: number;
  readonly signal: PlatformAbortSignal | undefined;
}

function awaitResult(
  backend: AnyBackend,
  runtime: Runtime,
  { queue, eventId, timeoutMs, signal }: Asked,
): Promise<FinalResult> {
  return new Promise((resolve, reject) => {
    const end = () => {
      stopTimer();
      signal?.removeEventListener('abort', abort);
      stopWaiting();
    };
    const waiter = {
      eventId,
      resolve: (result: FinalResult) => {
        end();
        resolve(result);
      },
      reject: (error: unknown) => {
        end();
        reject(error);
      },
    };
    const abort = () => waiter.reject(signal?.reason);
    const stopTimer = Number.isFinite(timeoutMs)
      ? runtime.after(timeoutMs, () => waiter.reject(timeoutError(queue, eventId, timeoutMs)))
      : ignore;
    signal?.addEventListener('abort', abort);
    const stopWaiting = watchOf(backend, runtime, queue).add(waiter);
  });
}

function timeoutError(channel: string, eventId: string, timeoutMs: number): AcklineError {
  const message = `the event ${eventId} of ${channel} had no result within ${timeoutMs} ms`;
  return new AcklineError('timeout', message, { channel, eventId });
}

/** By backend and queue, the watch that all waiters share. */
const watches = new WeakMap<AnyBackend, Map<string, ResultWatch>>();

function watchOf(backend: AnyBackend, runtime: Runtime, queue: string): ResultWatch {
  const ofBackend = watches.get(backend) ?? new Map<string, ResultWatch>();
  watches.set(backend, ofBackend);
  const known = ofBackend.get(queue);
  if (known) return known;
  const open = () => resultsSourceOf(backend, 'waitFor');
  const watch = new ResultWatch({ queue, runtime, open, onEnd: () => ofBackend.delete(queue) });
  ofBackend.set(queue, watch);
  return watch;
}
