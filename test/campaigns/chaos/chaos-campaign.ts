import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../simulation/random.ts';
import type { CampaignEngine, CampaignResult } from '../campaign-result.ts';
import { BrowserFailure, lineOf } from './browser-life.ts';
import { ChaosFaults } from './chaos-faults.ts';
import type { ChaosSettings } from './chaos-messages.ts';
import { chooseFault, type FaultShares, sharesFor } from './chaos-plan.ts';
import { type ChaosOutcome, currentCommit, summarise } from './chaos-summary.ts';
import { ChaosWorld, type WorldTerms } from './chaos-world.ts';
import { drainStore } from './drain-store.ts';

export interface ChaosTerms {
  readonly engine: CampaignEngine;
  readonly durability: ChaosSettings['durability'];
  /** Decides the faults. */
  readonly seed: number;
  /** The time with faults. It is shorter if `enough` is reached before. */
  readonly minutes: number;
  readonly enough?: ChaosGoal;
  /** Default: the shares of the engine. */
  readonly shares?: FaultShares;
  readonly onProgress?: (line: string) => void;
  /** Starts a browser. Default: that of the engine. */
  readonly launch?: WorldTerms['launch'];
}

/** What a run must have seen before it may end early. */
export interface ChaosGoal {
  readonly acknowledged: number;
  readonly crashes: number;
  readonly kills: number;
}

const MAX_PAUSE_MS = 250;
const PROGRESS_MS = 15_000;
const CHECKPOINT_MS = 90_000;
const STOP_MS = 15_000;

/** Lets contexts of a real browser work while faults are injected, then heals, drains and checks the history. */
export class ChaosCampaign {
  readonly #terms: ChaosTerms;
  readonly #world: ChaosWorld;
  readonly #faults: ChaosFaults;
  readonly #random: Random;
  readonly #startedAt = Date.now();
  readonly #commit = currentCommit();
  #reportedAt = 0;

  private constructor(terms: ChaosTerms, world: ChaosWorld) {
    this.#terms = terms;
    this.#world = world;
    this.#random = new Random(terms.seed);
    this.#faults = new ChaosFaults(world, this.#random);
  }

  static async run(terms: ChaosTerms): Promise<CampaignResult> {
    const { engine, durability, onProgress = () => undefined, launch } = terms;
    const given = { engine, durability, onProgress, ...(launch && { launch }) };
    const world = await ChaosWorld.open(given);
    try {
      return await new ChaosCampaign(terms, world).#run();
    } finally {
      await world.close();
    }
  }

  async #run(): Promise<CampaignResult> {
    const end = await this.#disturbAndDrain();
    const { ledger, engineResets, engineVersion } = this.#world;
    const { injected } = this.#faults;
    this.#report('checks the history');
    return summarise({
      ...{ terms: this.#terms, ledger, faults: injected, engineVersion, engineResets },
      ...{ ...end, startedAt: this.#startedAt, commit: this.#commit },
    });
  }

  /** Resolves with what is still stored, and with the reason where the browser let the run not come to its end. */
  async #disturbAndDrain(): Promise<Pick<ChaosOutcome, 'undrained' | 'interrupted'>> {
    try {
      await this.#world.startBrowser();
      await this.#disturb();
      return { undrained: await this.#end() };
    } catch (error) {
      // Nothing has read what the store has, so that only what was published before the checkpoint can be judged.
      this.#world.ledger.noteReset({ from: this.#world.checkpoint, to: Number.POSITIVE_INFINITY });
      this.#report(`ends early, ${lineOf(error)}`);
      return { undrained: 0, interrupted: lineOf(error) };
    }
  }

  async #disturb(): Promise<void> {
    const { engine, minutes, shares = sharesFor(engine) } = this.#terms;
    const end = Date.now() + minutes * 60_000;
    while (Date.now() < end && !this.#hasEnough()) {
      await delay(this.#random.next() * MAX_PAUSE_MS);
      const kind = chooseFault(this.#random, shares);
      try {
        await this.#faults.remedy();
        await this.#faults.inject(kind);
        await this.#world.revive();
        if (Date.now() - this.#world.checkpoint > CHECKPOINT_MS) await this.#checkpoint();
      } catch (error) {
        if (error instanceof BrowserFailure) throw error;
        // A command to a page that a fault has ended. The next pass opens what is missing.
        this.#terms.onProgress?.(`${kind}: ${lineOf(error)}`);
        await this.#world.revive();
      }
      if (Date.now() - this.#reportedAt > PROGRESS_MS) this.#report('goes on');
    }
  }

  async #checkpoint(): Promise<void> {
    if (Date.now() - this.#startedAt < CHECKPOINT_MS) return;
    if (!(await this.#faults.reachCheckpoint())) this.#report('did not reach a checkpoint');
  }

  #hasEnough(): boolean {
    const { enough } = this.#terms;
    return (
      enough !== undefined &&
      this.#world.ledger.acknowledged >= enough.acknowledged &&
      this.#faults.count('tab-crash') >= enough.crashes &&
      this.#faults.count('browser-kill') >= enough.kills
    );
  }

  /** Heals everything, lets the contexts shut down and acknowledges what is left. Resolves with what could not be. */
  async #end(): Promise<number> {
    const { ledger, slots } = this.#world;
    await this.#faults.heal();
    await this.#world.revive();
    // A page that opens later would work beside the drain.
    await waitWhile(() => slots.some(({ state }) => state === 'opening'));
    ledger.mode = 'stop';
    await waitWhile(() => ledger.runningSince(Date.now() - 2_000).length > 0);
    for (const slot of slots) {
      this.#world.end('tab', 'leave', slot);
      await slot.close().catch(() => undefined);
    }
    this.#report('drains');
    return drainStore({
      open: (isAgain) => this.#world.openDrain(isAgain),
      onProgress: (line) => this.#terms.onProgress?.(line),
    });
  }

  #report(what: string): void {
    this.#reportedAt = Date.now();
    const { acknowledged } = this.#world.ledger;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1_000);
    const count = (kind: 'tab-crash' | 'browser-kill') => this.#faults.count(kind);
    this.#terms.onProgress?.(
      `${seconds} s, ${what}: ${acknowledged} acknowledged, ${this.#faults.injected.length} faults, ` +
        `${count('tab-crash')} crashes, ${count('browser-kill')} kills`,
    );
  }
}

/** Waits for at most {@link STOP_MS}. */
async function waitWhile(isBusy: () => boolean): Promise<void> {
  const end = Date.now() + STOP_MS;
  while (isBusy() && Date.now() < end) await delay(100);
}
