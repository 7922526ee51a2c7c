import type { AsyncEventHandler } from './delivery.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { hold } from './hold.ts';
import { ignore } from './ignore.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { ResolvedSettings } from './options.ts';
import { type HandlerWatcher, reportUnsettled, runHandler } from './run-handler.ts';
import type { Stop } from './runtime.ts';
import { WaitReports } from './wait-reports.ts';

/** Turns of the microtask queue: in so many a settlement in memory is over, and a handler that publishes and waits for that. */
const QUICK_TURNS = 16;

/**
 * The handlers of one listener, each from its start until its event is settled: it runs, then it settles, and either may
 * lose its lease. Invariants: `#taken` holds exactly those; never do more than `concurrency` run (one that has
 * failed runs until its event is back in its place), and never are there more than twice as many.
 */
export class HandlerSlots {
  #isAwaited = false;
  readonly #waitReports: WaitReports;
  /** Handlers that have ended, and settled. */
  endedCount = 0;
  readonly #handler: AsyncEventHandler;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #onFailed: (attempts: number) => void;
  /** Each with the keeper of its lease, once it has run for long enough to need one. */
  readonly #taken = new Map<LeasedDelivery, LeaseKeeper | undefined>();
  #settlingCount = 0;
  #isWakePlanned = false;
  /** They keep their slot, but nobody waits for them. */
  #lostCount = 0;
  #isKeepingPlanned = false;
  /** All was handed back: handlers may still run, but nothing of theirs is leased. */
  #isReleased = false;
  /** Lets the process end. */
  #release: Stop | undefined;
  /** Told when a slot may have become free, or nobody waits for its handler any longer. */
  readonly #watchers: (() => void)[] = [];

  constructor(
    handler: AsyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    onFailed: (attempts: number) => void,
  ) {
    this.#handler = handler;
    this.#settings = settings;
    this.#port = port;
    this.#onFailed = onFailed;
    this.#waitReports = new WaitReports(port, () =>
      [...this.#taken.keys()].filter(({ isHandled, isLost }) => !isHandled && !isLost),
    );
  }

  /** Whether a caller waits until all have ended. Settlements that the backend never answers do not keep it waiting for ever. */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    if (isAwaited) this.#waitReports.begin();
    else this.#waitReports.end();
  }

  /** How many may start. */
  get free(): number {
    const { concurrency } = this.#settings;
    return Math.min(this.#settlingCount, concurrency) + concurrency - this.#taken.size;
  }

  /** Whether a handler runs or settles that is worth waiting for. */
  get isWorking(): boolean {
    return !this.#isReleased && this.#taken.size > this.#lostCount;
  }

  start(handout: LeasedDelivery): void {
    this.#taken.set(handout, undefined);
    handout.onLost = this.#onLost;
    void runHandler(handout, this.#handler, this.#settings, this.#port, this.#watcher);
    if (!this.#isKeepingPlanned) void this.#planKeeping();
  }

  untilNext(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  /** Ends the waits for the next. */
  wake(): void {
    for (const wake of this.#watchers.splice(0)) wake();
  }

  /** Hands all back, for good: resolves when nothing is leased, and nobody waits for the handlers any longer. */
  async release(): Promise<void> {
    await this.#settleFailure();
    this.#isReleased = true;
    this.#endHold();
    this.wake();
  }

  /** Aborts handlers and hands their events back; those that are being settled are waited for. */
  async #settleFailure(): Promise<void> {
    const reason = new DOMException('the listener was stopped', 'AbortError');
    const returned = [...this.#taken.keys()].map(async (handout) => {
      handout.abort(reason);
      try {
        if (handout.settling) await handout.settling.catch(ignore);
        if (!handout.isSettled) await handout.settle('nack');
      } catch (error) {
        reportUnsettled(handout, error, this.#port);
      }
    });
    await Promise.all(returned);
  }

  readonly #watcher: HandlerWatcher = {
    returned: () => {
      this.#settlingCount += 1;
      if (!this.#isWakePlanned) void this.#planWake();
    },
    ended: (handout, hasFailed) => {
      if (hasFailed) this.#onFailed(handout.message.attempts);
      else this.#settlingCount -= 1;
      this.#taken.get(handout)?.stop();
      this.#taken.delete(handout);
      if (handout.isLost) this.#lostCount -= 1;
      this.endedCount += 1;
      if (!this.isWorking) this.#endHold();
      this.wake();
    },
  };

  readonly #onLost = (handout: LeasedDelivery): void => {
    // Its handler may have ended long ago, and left it to somebody else to settle.
    if (!this.#taken.has(handout)) return;
    this.#taken.get(handout)?.stop();
    this.#lostCount += 1;
    if (!this.isWorking) this.#endHold();
    this.wake();
  };

  /** Most settlements in memory are over at once, and their ends are noticed together; only slower ones are not waited for. */
  async #planWake(): Promise<void> {
    this.#isWakePlanned = true;
    await quickTurns();
    this.#isWakePlanned = false;
    if (this.#settlingCount > 0) this.wake();
  }

  /** Most handlers end at once: only those that last keep the process alive, and of these who outlast a timer for all get one of their own. */
  async #planKeeping(): Promise<void> {
    this.#isKeepingPlanned = true;
    await quickTurns();
    this.#holdProcess();
    if (this.#port.capabilities.extend && this.#taken.size > 0)
      await new Promise<void>((resolve) => this.#port.runtime.after(0, resolve));
    this.#isKeepingPlanned = false;
    if (this.#isAwaited) this.#waitReports.begin();
    this.keepLeases();
  }

  /** Until none is left that runs or settles. */
  #holdProcess(): void {
    if (!this.isWorking || !this.#settings.keepAlive || this.#release) return;
    this.#release = hold(this.#port.runtime);
  }

  #endHold(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Of those that run and, while they are awaited, of those that settle. */
  keepLeases(): void {
    if (!this.#port.capabilities.extend) return;
    for (const [handout, keeper] of this.#taken)
      if (!keeper && !handout.isLost && (this.#isAwaited || !handout.isHandled))
        this.#taken.set(handout, new LeaseKeeper(handout, this.#settings, this.#port));
  }
}

async function quickTurns(): Promise<void> {
  for (let turns = 0; turns < QUICK_TURNS; turns += 1) await undefined;
}
