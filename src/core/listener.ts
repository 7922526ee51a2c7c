import { nextDelayMs } from './backoff.ts';
import type { AsyncEventHandler } from './delivery.ts';
import { codeOf } from './errors.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { HandlerSlots } from './handler-slots.ts';
import { hold, holdFor } from './hold.ts';
import { ignore } from './ignore.ts';
import { checkChoice, checkOptions, type ResolvedSettings } from './options.ts';
import { PollPacer, pause } from './pause.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import { releaseUnseen } from './retry.ts';
import type { Stop } from './runtime.ts';

/** Shortest rest after a failure, in milliseconds. A listener that tried again at once would block the thread. */
const LEAST_REST_MS = 10;

export type ListenerStatus = 'running' | 'stopping' | 'stopped';

export interface StopOptions {
  /**
   * `'finish'` (default): running handlers end by themselves, and their events are settled. `'release'`: the signals of
   * running handlers abort, and their events are nacked at once, so that other consumers receive them.
   */
  readonly mode?: 'finish' | 'release' | undefined;
}

export function checkStopOptions(options: StopOptions | undefined): void {
  checkOptions(options);
  checkChoice('mode', options?.mode ?? 'finish', ['finish', 'release']);
}

/**
 * A handler that receives the events of a channel. `EventChannel.listen` returns it.
 *
 * @example
 * const listener = events.listen('order.placed', upload, { concurrency: 4 });
 * await listener.stop(); // lets running handlers finish
 */
export interface Listener {
  readonly channel: string;
  readonly status: ListenerStatus;
  /** Resolves when the listener has stopped, after `stop()` or because its backend was shut down. Never rejects. */
  readonly closed: Promise<void>;
  /** The error `closed` of the backend, if the listener ended for that. Undefined in every other case. */
  readonly closeReason: unknown;
  /**
   * Stops claiming. Resolves when this listener holds no lease: running handlers have ended, and pending claims and
   * settlements are answered. A later call with `mode: 'release'` also ends the wait of an earlier call. A handler that
   * awaits the stop of its own listener waits for ever: call it there without `await`. Errors: `TypeError` for another mode.
   */
  stop(options?: StopOptions): Promise<void>;
}

/** Leases up to `limit` events of the listener's channel, and waits for the first of them for at most `waitMs`. */
export type ClaimEvents = (
  limit: number,
  waitMs: number,
  settings: ResolvedSettings,
  signal: PlatformAbortSignal,
) => Promise<LeasedDelivery[]>;

/** Where a listener's events come from. */
export interface EventSource {
  readonly claim: ClaimEvents;
  /** The listener claims nothing more. May be called twice. */
  readonly leave: Stop;
}

/**
 * Claims as many events as it has free slots, until it is stopped.
 *
 * States: `running`, `stopping` after `stop()` or the end of the backend, `stopped` when all handlers have ended. Only
 * `#run` goes to `stopped`. While it runs, the loop rests, claims, or waits for a slot. {@link ChannelListener.stop} and
 * {@link ChannelListener.drain} end its present wait.
 */
export class ChannelListener implements Listener {
  readonly channel: string;
  readonly closed: Promise<void>;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #source: EventSource;
  readonly #slots: HandlerSlots;
  readonly #pacer: PollPacer;
  #status: ListenerStatus = 'running';
  #closeReason: unknown;
  /** Ends the present wait of the loop. */
  #wait = new AbortController();
  /** Whether an event is due when the rest is over, so that the rest keeps the process alive. */
  #isRestAwaited = false;
  /** The end of a rest, after a failure of the backend or of a handler over a backend without the capability `delayMs`. */
  #restsUntil = 0;
  /** Ends each pending `drain`. */
  readonly #drainers = new Set<() => void>();

  constructor(
    channel: string,
    handler: AsyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    source: EventSource,
  ) {
    this.channel = channel;
    this.#settings = settings;
    this.#port = port;
    this.#source = source;
    this.#pacer = new PollPacer(port.runtime, settings, port.capabilities);
    this.#slots = new HandlerSlots(handler, settings, port, (attempts) => {
      if (!port.capabilities.delayMs) this.#rest(attempts, true);
    });
    this.closed = this.#run(settings.keepAlive === true ? hold(port.runtime) : ignore);
  }

  get status(): ListenerStatus {
    return this.#status;
  }

  get closeReason(): unknown {
    return this.#closeReason;
  }

  async stop(options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    if (this.#status === 'running') this.#status = 'stopping';
    this.#endWait();
    if (options?.mode === 'release') await this.#slots.release();
    await this.closed;
    this.#source.leave();
  }

  /** Resolves with the number of handlers that have ended since the call, once no event is due and no handler runs, or once `signal` aborts. */
  async drain(signal?: PlatformAbortSignal): Promise<number> {
    const before = this.#slots.endedCount;
    if (this.#status !== 'stopped' && !signal?.aborted) await this.#untilDrained(signal);
    return this.#slots.endedCount - before;
  }

  #untilDrained(signal: PlatformAbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#drainers.delete(end);
        end();
        // The loop may wait for running handlers only, as a drain does. Without a drain it may claim again.
        if (this.#drainers.size === 0 && this.#status === 'running') {
          this.#slots.isAwaited = false;
          this.#slots.wake();
        }
      };
      this.#drainers.add(end);
      signal?.addEventListener('abort', giveUp);
      this.#endWait();
    });
  }

  async #run(release: Stop): Promise<void> {
    const { runtime } = this.#port;
    for (let failures = 0; this.#status === 'running'; ) {
      const restMs = this.#restsUntil - runtime.now();
      if (restMs > 0) {
        const until = this.#restsUntil;
        this.#wait = new AbortController();
        const rest = pause(runtime, restMs, this.#wait.signal);
        await holdFor(runtime, this.#isRestAwaited && this.#settings.keepAlive, rest);
        // The timer decides that the rest is over, because the clock may have been set back.
        if (!this.#wait.signal.aborted && this.#restsUntil === until) this.#restsUntil = 0;
        continue;
      }
      try {
        await this.#claimOnce();
        failures = 0;
      } catch (error) {
        // The wait was ended by this listener. Nothing failed.
        if (error !== undefined && error === this.#wait.signal.reason) continue;
        if (codeOf(error) === 'closed') this.#closeWith(error);
        else if (this.#status === 'running') {
          this.#port.report({ type: 'fault', during: 'dequeue', channel: this.channel, error });
          this.#rest(++failures, false);
        }
      }
    }
    release();
    while (this.#slots.isWorking) await this.#slots.untilNext();
    this.#status = 'stopped';
    this.#source.leave();
    this.#endDrains();
  }

  async #claimOnce(): Promise<void> {
    const slots = this.#slots;
    const limit = slots.free;
    if (limit <= 0) {
      if (!slots.isWorking) this.#endDrains();
      return slots.untilNext();
    }
    if (this.#wait.signal.aborted) this.#wait = new AbortController();
    const isDraining = this.#drainers.size > 0;
    const waitMs = isDraining ? 0 : this.#settings.pollIntervalMs;
    const startedAt = this.#port.runtime.now();
    const claimed = await this.#source.claim(limit, waitMs, this.#settings, this.#wait.signal);
    const unseen = claimed.filter((handle) => !this.#start(handle));
    if (unseen.length > 0) await releaseUnseen(unseen, this.#port);
    if (claimed.length > 0 || this.#status !== 'running') return;
    if (isDraining && !slots.isWorking) this.#endDrains();
    else if (isDraining) await slots.untilNext();
    else await this.#pacer.untilNext(startedAt, this.#wait.signal);
  }

  /** Returns whether a handler was started. An earlier handler of the same claim may have stopped the listener. */
  #start(handle: LeasedDelivery): boolean {
    if (this.#status !== 'running') return false;
    this.#slots.start(handle);
    return true;
  }

  /** The backend was shut down and delivers nothing more. */
  #closeWith(error: unknown): void {
    if (this.#status !== 'running') return;
    this.#status = 'stopping';
    this.#closeReason = error;
    this.#port.report({ type: 'listener-closed', channel: this.channel, error });
  }

  #endDrains(): void {
    this.#slots.isAwaited = false;
    for (const drained of this.#drainers) drained();
    this.#drainers.clear();
  }

  /** Ends the present wait of the loop: a claim, a rest, or a wait for a slot. */
  #endWait(): void {
    this.#wait.abort();
    this.#slots.isAwaited = this.#status !== 'stopped';
    this.#slots.wake();
  }

  /** Claims nothing for the back-off delay after `failures` failures. */
  #rest(failures: number, isAwaited: boolean): void {
    const { runtime } = this.#port;
    const delayMs = nextDelayMs(failures, this.#settings, () => runtime.random());
    this.#restsUntil = runtime.now() + Math.max(LEAST_REST_MS, delayMs);
    this.#isRestAwaited = isAwaited;
  }
}
