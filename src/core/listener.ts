import { nextDelayMs } from './backoff.ts';
import type { AsyncEventHandler } from './delivery.ts';
import { AcklineError } from './errors.ts';
import type { HandlerPort, LeasedHandout } from './handler-port.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { checkChoice, checkOptions, type ResolvedSettings } from './options.ts';
import { pause, pauseUntilNextPoll } from './pause.ts';
import { reportUnsettled, runHandler } from './run-handler.ts';
import type { Stop } from './runtime.ts';

/** Turns of the microtask queue, that a handler which publishes and waits for that needs none. */
const QUICK_TURNS = 16;

export type ListenerStatus = 'running' | 'stopping' | 'stopped';

export interface StopOptions {
  /** `finish` (default) lets running handlers finish; `release` aborts them and hands their events back at once. */
  readonly mode?: 'finish' | 'release';
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
  /** Claims nothing more; resolves when nothing of this listener is leased any longer. */
  stop(options?: StopOptions): Promise<void>;
}

/** Leases up to `limit` events of the listener's channel, and waits for them as long as it is told. */
export type ClaimEvents = (
  limit: number,
  waitMs: number,
  settings: ResolvedSettings,
  signal: AbortSignal,
) => Promise<LeasedHandout[]>;

/** Where a listener's events come from. */
export interface EventSource {
  readonly claim: ClaimEvents;
  /** Nothing more is wanted; may be called twice. */
  readonly leave: Stop;
}

/**
 * Claims, runs handlers, settles. Invariants: `#running` holds exactly the events that were claimed
 * and whose handler has not ended; its size never passes `concurrency`; `#lostCount` of them have lost their lease.
 */
export class ChannelListener implements Listener {
  readonly channel: string;
  readonly closed: Promise<void>;
  readonly #handler: AsyncEventHandler;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #source: EventSource;
  /** Each with the keeper of its lease, once it has run for long enough to need one. */
  readonly #running = new Map<LeasedHandout, LeaseKeeper | undefined>();
  /** They keep their slot, but nobody waits for them. */
  #lostCount = 0;
  #isKeepingPlanned = false;
  /** Told when the next handler ends, or goes on without its lease. */
  readonly #endWatchers: (() => void)[] = [];
  #status: ListenerStatus = 'running';
  /** Ends the present wait, so that the loop looks around. */
  #wait = new AbortController();
  /** After failures that no delay of the event can answer: of the backend, or on one that cannot delay. */
  #restsUntil = 0;
  #drainers: (() => void)[] = [];
  #handledCount = 0;

  constructor(
    channel: string,
    handler: AsyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    source: EventSource,
  ) {
    this.channel = channel;
    this.#handler = handler;
    this.#settings = settings;
    this.#port = port;
    this.#source = source;
    this.closed = this.#run();
  }

  get status(): ListenerStatus {
    return this.#status;
  }

  async stop(options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    if (this.#status === 'running') this.#status = 'stopping';
    this.#lookAround();
    if (options?.mode === 'release') await this.#release(this.#running.keys());
    else await this.closed;
    this.#source.leave();
  }

  /** Resolves with the number of handlers that ended meanwhile, once nothing is due and none runs. */
  async drain(): Promise<number> {
    const before = this.#handledCount;
    if (this.#status === 'running') {
      const drained = new Promise<void>((resolve) => this.#drainers.push(resolve));
      this.#lookAround();
      await drained;
    } else await this.closed;
    return this.#handledCount - before;
  }

  async #run(): Promise<void> {
    const { runtime } = this.#port;
    for (let failures = 0; this.#status === 'running'; ) {
      const restMs = this.#restsUntil - runtime.now();
      if (restMs > 0) {
        const until = this.#restsUntil;
        this.#wait = new AbortController();
        await pause(runtime, restMs, this.#wait.signal);
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
        // A backend that was shut down gives nothing more; whoever shut it down knows.
        if (error instanceof AcklineError && error.code === 'closed') this.#status = 'stopping';
        else if (this.#status === 'running') {
          this.#port.report({ type: 'fault', during: 'dequeue', channel: this.channel, error });
          this.#rest(++failures);
        }
      }
    }
    while (this.#isWorking) await this.#untilOneEnds();
    this.#status = 'stopped';
    this.#source.leave();
    this.#tellDrainers();
  }

  async #claimOnce(): Promise<void> {
    const { concurrency, pollIntervalMs } = this.#settings;
    if (this.#running.size >= concurrency) {
      if (!this.#isWorking) this.#tellDrainers();
      return this.#untilOneEnds();
    }
    if (this.#wait.signal.aborted) this.#wait = new AbortController();
    const isDraining = this.#drainers.length > 0;
    const waitMs = isDraining ? 0 : pollIntervalMs;
    const startedAt = this.#port.runtime.now();
    const limit = concurrency - this.#running.size;
    const claimed = await this.#source.claim(limit, waitMs, this.#settings, this.#wait.signal);
    if (this.#status !== 'running') return this.#release(claimed);
    for (const handout of claimed) this.#start(handout);
    if (claimed.length > 0) return;
    if (isDraining && !this.#isWorking) this.#tellDrainers();
    else if (isDraining) await this.#untilOneEnds();
    else await pauseUntilNextPoll(this.#port.runtime, startedAt, this.#settings, this.#wait.signal);
  }

  /** Whether a handler runs that is worth waiting for. */
  get #isWorking(): boolean {
    return this.#running.size > this.#lostCount;
  }

  #tellDrainers(): void {
    for (const drained of this.#drainers.splice(0)) drained();
  }

  /** Ends whatever the loop waits for. */
  #lookAround(): void {
    this.#wait.abort();
    this.#noticeEnd();
  }

  #noticeEnd(): void {
    for (const noticed of this.#endWatchers.splice(0)) noticed();
  }

  #untilOneEnds(): Promise<void> {
    return new Promise((resolve) => this.#endWatchers.push(resolve));
  }

  /** Claims nothing for as long as a back-off after so many failures takes. */
  #rest(failures: number): void {
    const { runtime } = this.#port;
    const delayMs = nextDelayMs(failures, this.#settings, () => runtime.random());
    this.#restsUntil = runtime.now() + delayMs;
  }

  #start(handout: LeasedHandout): void {
    this.#running.set(handout, undefined);
    handout.onLost = this.#onLost;
    void runHandler(handout, this.#handler, this.#settings, this.#port, this.#onEnd);
    if (this.#port.capabilities.extend && !this.#isKeepingPlanned) void this.#planKeeping();
  }

  readonly #onEnd = (handout: LeasedHandout, hasFailed: boolean): void => {
    if (hasFailed && !this.#port.capabilities.delayMs) this.#rest(handout.message.attempts);
    this.#running.get(handout)?.stop();
    this.#running.delete(handout);
    if (handout.isLost) this.#lostCount -= 1;
    this.#handledCount += 1;
    this.#noticeEnd();
  };

  readonly #onLost = (handout: LeasedHandout): void => {
    // Its handler may have ended long ago, and left it to somebody else to settle.
    if (!this.#running.has(handout)) return;
    this.#lostCount += 1;
    this.#running.get(handout)?.stop();
    this.#noticeEnd();
  };

  /** Most handlers end at once, before there is a timer; only those that outlast one for all get one of their own. */
  async #planKeeping(): Promise<void> {
    this.#isKeepingPlanned = true;
    for (let turns = QUICK_TURNS; turns > 0; turns -= 1) await undefined;
    const keep = () => {
      this.#isKeepingPlanned = false;
      for (const [handout, keeper] of this.#running)
        if (!keeper && !handout.isLost && !handout.isHandled)
          this.#running.set(handout, new LeaseKeeper(handout, this.#settings, this.#port));
    };
    if (this.#running.size > 0) this.#port.runtime.after(0, keep);
    else keep();
  }

  async #release(handouts: Iterable<LeasedHandout>): Promise<void> {
    const reason = new DOMException('the listener was stopped', 'AbortError');
    const returned = [...handouts].map((handout) => {
      handout.abort(reason);
      if (handout.isSettled) return undefined;
      return handout
        .settle('nack')
        .catch((error: unknown) => reportUnsettled(handout, error, this.#port));
    });
    await Promise.all(returned);
  }
}
