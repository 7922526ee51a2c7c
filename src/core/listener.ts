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

/** The least rest after a failure, in milliseconds: a listener that tried again at once would keep the thread for itself. */
const LEAST_REST_MS = 10;

export type ListenerStatus = 'running' | 'stopping' | 'stopped';

export interface StopOptions {
  /** `finish` (default) lets running handlers finish; `release` aborts them and hands their events back at once. */
  readonly mode?: 'finish' | 'release' | undefined;
}

export function checkStopOptions(options: StopOptions | undefined): void {
  checkOptions(options);
  checkChoice('mode', options?.mode ?? 'finish', ['finish', 'release']);
}

/** A handler at work on a channel. */
export interface Listener {
  readonly channel: string;
  readonly status: ListenerStatus;
  /** Resolves when the listener has stopped, for whatever reason. Never rejects. */
  readonly closed: Promise<void>;
  /** Why the listener ended without having been stopped: the error `closed` of its backend. Otherwise undefined. */
  readonly closeReason: unknown;
  /**
   * Claims nothing more; resolves when nothing of this listener is leased any longer, a claim or a settlement under way
   * included. A later call with `release` also ends the wait of an earlier one. Awaited within a handler of this
   * listener it never resolves: call it there without `await`.
   */
  stop(options?: StopOptions): Promise<void>;
}

/** Leases up to `limit` events of the listener's channel, and waits for them as long as it is told. */
export type ClaimEvents = (
  limit: number,
  waitMs: number,
  settings: ResolvedSettings,
  signal: PlatformAbortSignal,
) => Promise<LeasedDelivery[]>;

/** Where a listener's events come from. */
export interface EventSource {
  readonly claim: ClaimEvents;
  /** Nothing more is wanted; may be called twice. */
  readonly leave: Stop;
}

/** Claims as many events as there are slots for, until it is stopped. */
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
  /** Ends the present wait, so that the loop looks around. */
  #wait = new AbortController();
  /** Whether something is known to come when the rest is over. */
  #isRestAwaited = false;
  /** After failures that no delay of the event can answer: of the backend, or on one that cannot delay. */
  #restsUntil = 0;
  /** What ends each `drain` that goes on. */
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
    this.#lookAround();
    if (options?.mode === 'release') await this.#slots.release();
    await this.closed;
    this.#source.leave();
  }

  /** Resolves with the number of handlers that ended meanwhile, once nothing is due and none runs, or once `signal` aborts. */
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
        // The loop may wait for handlers alone, as a drain does.
        if (this.#drainers.size === 0 && this.#status === 'running') {
          this.#slots.isAwaited = false;
          this.#slots.wake();
        }
      };
      this.#drainers.add(end);
      signal?.addEventListener('abort', giveUp);
      this.#lookAround();
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
        // The timer tells that the rest is over: the clock may have been set back meanwhile.
        if (!this.#wait.signal.aborted && this.#restsUntil === until) this.#restsUntil = 0;
        continue;
      }
      try {
        await this.#claimOnce();
        failures = 0;
      } catch (error) {
        // Nothing failed: it was told to look around.
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
    this.#tellDrainers();
  }

  async #claimOnce(): Promise<void> {
    const slots = this.#slots;
    const limit = slots.free;
    if (limit <= 0) {
      if (!slots.isWorking) this.#tellDrainers();
      return slots.untilNext();
    }
    if (this.#wait.signal.aborted) this.#wait = new AbortController();
    const isDraining = this.#drainers.size > 0;
    const waitMs = isDraining ? 0 : this.#settings.pollIntervalMs;
    const startedAt = this.#port.runtime.now();
    const claimed = await this.#source.claim(limit, waitMs, this.#settings, this.#wait.signal);
    const unseen = claimed.filter((handout) => !this.#start(handout));
    if (unseen.length > 0) await releaseUnseen(unseen, this.#port);
    if (claimed.length > 0 || this.#status !== 'running') return;
    if (isDraining && !slots.isWorking) this.#tellDrainers();
    else if (isDraining) await slots.untilNext();
    else await this.#pacer.untilNext(startedAt, this.#wait.signal);
  }

  /** Answers whether it started a handler: not once the listener was stopped, which a handler may do as it starts. */
  #start(handout: LeasedDelivery): boolean {
    if (this.#status !== 'running') return false;
    this.#slots.start(handout);
    return true;
  }

  /** The backend was shut down, and gives nothing more. */
  #closeWith(error: unknown): void {
    if (this.#status !== 'running') return;
    this.#status = 'stopping';
    this.#closeReason = error;
    this.#port.report({ type: 'listener-closed', channel: this.channel, error });
  }

  #tellDrainers(): void {
    this.#slots.isAwaited = false;
    for (const drained of this.#drainers) drained();
    this.#drainers.clear();
  }

  /** Ends whatever the loop waits for. */
  #lookAround(): void {
    this.#wait.abort();
    this.#slots.isAwaited = this.#status !== 'stopped';
    this.#slots.wake();
  }

  /** Claims nothing for as long as a back-off after so many failures takes. */
  #rest(failures: number, isAwaited: boolean): void {
    const { runtime } = this.#port;
    const delayMs = nextDelayMs(failures, this.#settings, () => runtime.random());
    this.#restsUntil = runtime.now() + Math.max(LEAST_REST_MS, delayMs);
    this.#isRestAwaited = isAwaited;
  }
}
