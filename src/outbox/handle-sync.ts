import type { EventChannel } from '../core/event-channel.ts';
import { pause } from '../core/listening/pause.ts';
import { checkWholeNumber } from '../core/options/options.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import type { Outbox } from './create-outbox.ts';

/** An event `sync` or `periodicsync` of a service worker: {@link https://wicg.github.io/background-sync/spec/}. */
export interface SyncEventLike {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

/** An outbox of a service worker, and the channel that is shut down with it. */
export interface OpenedOutbox {
  readonly outbox: Outbox;
  readonly events: Pick<EventChannel, 'shutdown'>;
}

export interface SyncOptions {
  /** Start of the tags that belong to this outbox; default `'outbox'`. */
  readonly tag?: string | undefined;
  /** The clock. Default: the system's. */
  readonly runtime?: Runtime | undefined;
}

/** The first request may fail although the network has just come back, and a browser fires the next sync after minutes. */
const SECOND_TRY_MS = 2_000;

/** Chromium ends a sync after three minutes. */
const MOST_MS = 60_000;

/**
 * Sends what is due during a `sync` or `periodicsync` event of a service worker, and shuts the channel down at its end. If
 * events are left, it tries once more after two seconds, and then fails the sync, so that the browser fires it again. `open` is
 * called for each event, because the worker may have been stopped in between. Returns whether the tag belongs to this outbox.
 *
 * @example
 * addEventListener('sync', (event) => handleSync(event, openOutbox));
 */
export function handleSync(
  event: SyncEventLike,
  open: () => OpenedOutbox,
  { tag = 'outbox', runtime = systemRuntime }: SyncOptions = {},
): boolean {
  if (!event.tag.startsWith(tag)) return false;
  event.waitUntil(sendDue(open, runtime));
  return true;
}

async function sendDue(open: () => OpenedOutbox, runtime: Runtime): Promise<void> {
  const { outbox, events } = open();
  const ending = new AbortController();
  const { signal } = ending;
  const stopTimer = runtime.after(MOST_MS, () =>
    ending.abort(new DOMException('the sync takes too long', 'TimeoutError')),
  );
  try {
    if ((await outbox.drain({ signal })) === 0) return;
    await pause(runtime, SECOND_TRY_MS, signal);
    const left = await outbox.drain({ signal });
    if (left > 0) throw new Error(`${left} events are still to be sent`);
  } finally {
    stopTimer();
    await events.shutdown({ mode: signal.aborted ? 'release' : 'finish' });
  }
}

/** The part of a `ServiceWorkerRegistration` that TypeScript's libraries lack. */
interface WithSync {
  readonly sync?: { register(tag: string): Promise<void> };
  readonly periodicSync?: {
    register(tag: string, options: { readonly minInterval: number }): Promise<void>;
    unregister(tag: string): Promise<void>;
  };
}

/**
 * Asks the browser to fire a `sync` event in the service worker when there is a network, in case no page is open then. Resolves
 * with whether it will. It will not without Background Sync (Firefox, Safari) or the permission: only open pages send then.
 * Each call uses a new tag, because Chromium delays a tag that has failed by minutes.
 *
 * @example
 * await events.publish('orders', order);
 * void navigator.serviceWorker.ready.then((registration) => requestSync(registration));
 */
export async function requestSync(
  registration: object,
  { tag = 'outbox', runtime = systemRuntime }: SyncOptions = {},
): Promise<boolean> {
  const { sync } = registration as WithSync;
  try {
    await sync?.register(`${tag}-${runtime.randomId()}`);
    return sync !== undefined;
  } catch {
    // The user has turned it off, or the site is not allowed to use it. The caller learns it from the result.
    return false;
  }
}

export interface PeriodicSyncOptions {
  /** The tag, which must begin as `handleSync` expects; default `'outbox'`. A second call with it changes the interval. */
  readonly tag?: string | undefined;
  /**
   * Least time between two events in milliseconds, from 0; default 43,200,000, twelve hours. The browser chooses the time, by how
   * much the site is used, and only on networks that the device knows. `Infinity` ends the events of the tag.
   */
  readonly minIntervalMs?: number | undefined;
}

/**
 * Asks the browser to fire a `periodicsync` event in the service worker now and then, in case a sync was missed. Resolves with
 * whether it will. It will not where there is no Periodic Background Sync (Firefox, Safari), and where the site is not installed
 * or lacks the permission: {@link https://wicg.github.io/periodic-background-sync/}.
 *
 * @example
 * void navigator.serviceWorker.ready.then((registration) => requestPeriodicSync(registration));
 */
export async function requestPeriodicSync(
  registration: object,
  { tag = 'outbox', minIntervalMs = 43_200_000 }: PeriodicSyncOptions = {},
): Promise<boolean> {
  const { periodicSync } = registration as WithSync;
  const isEnd = minIntervalMs === Number.POSITIVE_INFINITY;
  if (!isEnd) checkWholeNumber('minIntervalMs', minIntervalMs, 0);
  try {
    if (isEnd) await periodicSync?.unregister(tag);
    else await periodicSync?.register(tag, { minInterval: minIntervalMs });
    return periodicSync !== undefined && !isEnd;
  } catch {
    // The site is not installed, or the user has not allowed it. The caller learns it from the result.
    return false;
  }
}
