import { type ResolvedSettings, refuse } from '../options/options.ts';
import { endsConsumers } from '../reports/errors.ts';
import { nextDelayMs } from '../runtime/backoff.ts';
import { hold, holdFor } from '../runtime/hold.ts';
import { ignore } from '../runtime/ignore.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import { Tagged } from '../runtime/tagged.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { HandlerSlots } from './handler-slots.ts';
import {
  checkStopOptions,
  type Listener,
  type ListenerStatus,
  type StopOptions,
} from './listener.ts';
import type { EventSource, ListenerWork } from './paced-handler.ts';
import { PollPacer, pause } from './pause.ts';
import { releaseUnseen } from './retry.ts';

/** Shortest rest after a failure, in milliseconds. A listener that tried again at once would block the thread. */
const LEAST_REST_MS = 10;

/**
 * Claims as many events as it has free slots, until it is stopped.
 *
 * States: `running`, `stopping` after `stop()` or the end of the backend, `stopped` when all handlers have ended. Only
 * `#run` goes to `stopped`. While it runs, the loop rests, claims, or waits for a slot. {@link ChannelListener.stop},
 * {@link ChannelListener.drain}, {@link ChannelListener.pause} and {@link ChannelListener.resume} end its present wait. A
 * running listener with a `pauseReason` is paused: it has no free slot, and an event that its last claim still returns is
 * released.
 */
export class ChannelListener extends Tagged implements Listener {
  readonly channel: string;
  readonly closed: Promise<void>;
  closeReason: unknown;
  pauseReason: string | undefined;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #source: EventSource;
  readonly #slots: HandlerSlots;
  readonly #pacer: PollPacer;
  #status: ListenerStatus = 'running';
  /** Ends the present wait of the loop. */
  #wait = new AbortController();
  /** Whether an event is due when the rest is over, so that the rest keeps the process alive. */
  #isRestAwaited = false;
  /** The end of a rest, after a failure of the backend or of a handler over a backend without the capability `delayMs`. */
  #restsUntil = 0;
  /** Ends each pending `drain`. */
  readonly #drainers = new Set<() => void>();

  constructor(channel: string, { handler, settings, source }: ListenerWork, port: HandlerPort) {
    super();
    this.channel = channel;
    this.#settings = settings;
    this.#port = port;
    this.#source = source;
    this.#pacer = new PollPacer(port.runtime, settings, port.capabilities);
    this.#slots = new HandlerSlots(handler, settings, port, (attempts) => {
      if (!port.capabilities.delayMs) this.#rest(attempts, true);
    });
    this.closed = this.#run();
  }

  get status(): ListenerStatus {
    return this.#status === 'running' && this.pauseReason !== undefined ? 'paused' : this.#status;
  }

  async stop(options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    if (this.#status === 'running') this.#status = 'stopping';
    this.#endWait();
    if (options?.mode === 'release') await this.#slots.release();
    await this.closed;
    this.#source.leave();
  }

  pause(reason = 'paused'): void {
    if (typeof reason !== 'string') refuse('reason', 'a string', reason);
    if (this.#status !== 'running') return;
    this.pauseReason = reason;
    this.#interrupt();
  }

  resume(): void {
    this.pauseReason = undefined;
    this.#interrupt();
  }

  /** Resolves with the number of handlers that have ended since the call, once no event is due and no handler runs, or once `signal` aborts. */
  async drain(signal?: PlatformAbortSignal): Promise<number> {
    const before = this.#slots.endedCount;
    if (this.#status === 'stopped' || signal?.aborted) return 0;
    let giveUp = ignore;
    await new Promise<void>((resolve) => {
      giveUp = () => {
        this.#drainers.delete(resolve);
        resolve();
        // The loop may wait for running handlers only, as a drain does. Without a drain it may claim again.
        if (this.#drainers.size === 0 && this.#status === 'running') {
          this.#slots.isAwaited = false;
          this.#slots.wake();
        }
      };
      this.#drainers.add(resolve);
      signal?.addEventListener('abort', giveUp);
      this.#endWait();
    });
    signal?.removeEventListener('abort', giveUp);
    return this.#slots.endedCount - before;
  }

  async #run(): Promise<void> {
    const { runtime } = this.#port;
    const release = this.#settings.keepAlive === true ? hold(runtime) : ignore;
    for (let failures = 0; this.#status === 'running'; ) {
      if (this.#wait.signal.aborted) this.#wait = new AbortController();
      const restMs = this.#restsUntil - runtime.now();
      if (restMs > 0) {
        const until = this.#restsUntil;
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
        if (endsConsumers(error)) this.#closeWith(error);
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
    const limit = this.status === 'paused' ? 0 : slots.free;
    if (limit <= 0) {
      if (!slots.isWorking) this.#endDrains();
      return slots.untilNext();
    }
    const isDraining = this.#drainers.size > 0;
    const waitMs = isDraining ? 0 : this.#settings.pollIntervalMs;
    const startedAt = this.#port.runtime.now();
    const claimed = await this.#source.claim(limit, waitMs, this.#settings, this.#wait.signal);
    const unseen: LeasedDelivery[] = [];
    // A handler that has just started may have stopped or paused the listener.
    for (const handle of claimed)
      if (this.status === 'running') slots.start(handle);
      else unseen.push(handle);
    if (unseen.length > 0) await releaseUnseen(unseen, this.#port);
    if (claimed.length > 0 || this.#status !== 'running') return;
    if (isDraining && !slots.isWorking) this.#endDrains();
    else if (isDraining) await slots.untilNext();
    else await this.#pacer.untilNext(startedAt, this.#wait.signal);
  }

  /** The backend was shut down, or the group was deleted: nothing more is delivered. */
  #closeWith(error: unknown): void {
    if (this.#status !== 'running') return;
    this.#status = 'stopping';
    this.closeReason = error;
    this.#port.report({ type: 'listener-closed', channel: this.channel, error });
  }

  #endDrains(): void {
    this.#slots.isAwaited = false;
    for (const drained of this.#drainers) drained();
    this.#drainers.clear();
  }

  /** Ends the present wait of the loop, for a caller that waits until all handlers have ended. */
  #endWait(): void {
    this.#slots.isAwaited = this.#status !== 'stopped';
    this.#interrupt();
  }

  /** Ends the present wait of the loop: a claim, a rest, or a wait for a slot. The reason is that of {@link ClaimEvents}. */
  #interrupt(): void {
    this.#wait.abort(new DOMException(this.status, 'AbortError'));
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
