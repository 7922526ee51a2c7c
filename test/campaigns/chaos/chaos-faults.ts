import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../simulation/random.ts';
import type { CampaignFault } from '../campaign-result.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { isReady } from './page-readiness.ts';
import type { SlotState, TabSlot } from './tab-slot.ts';
import { within } from './within.ts';

/** A fault that has been injected. Times are epoch milliseconds. */
export interface InjectedFault {
  readonly kind: CampaignFault;
  readonly from: number;
  to: number;
}

/** Something that ends a fault later. */
interface Remedy {
  readonly at: number;
  readonly run: () => Promise<void>;
}

/** If every tab ended every few seconds, loading pages would take most of the time, and few events would be delivered. */
const TARGET_SHARE = 0.85;

/** Faults that a remedy ends. */
const LASTING: readonly CampaignFault[] = ['freeze', 'navigate', 'low-quota'];

/** Injects faults one at a time. Some of them last, and end by themselves later. */
export class ChaosFaults {
  readonly injected: InjectedFault[] = [];
  readonly #world: ChaosWorld;
  readonly #random: Random;
  #remedies: Remedy[] = [];

  constructor(world: ChaosWorld, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  count(kind: CampaignFault): number {
    return this.injected.filter((fault) => fault.kind === kind).length;
  }

  /** Resolves with whether the fault could be injected. */
  async inject(kind: CampaignFault): Promise<boolean> {
    const fault = { kind, from: Date.now(), to: Number.POSITIVE_INFINITY };
    this.injected.push(fault);
    let isInjected = false;
    try {
      isInjected = await this.#run(kind, fault);
    } finally {
      if (!isInjected) this.injected.splice(this.injected.indexOf(fault), 1);
      else if (!LASTING.includes(kind)) fault.to = Date.now();
    }
    return isInjected;
  }

  /** Ends the faults that have lasted long enough. */
  async remedy(now = Date.now()): Promise<void> {
    const due = this.#remedies.filter(({ at }) => at <= now);
    this.#remedies = this.#remedies.filter(({ at }) => at > now);
    for (const { run } of due) await run().catch(() => undefined);
  }

  /** Ends all faults. */
  heal(): Promise<void> {
    return this.remedy(Number.POSITIVE_INFINITY);
  }

  async #run(kind: CampaignFault, fault: InjectedFault): Promise<boolean> {
    switch (kind) {
      case 'browser-kill':
        // Kills one after the other would only end browsers that have done nothing.
        if (!this.#world.slots.some((slot) => isReady(slot, this.#world.ledger))) return false;
        return this.#killBrowser('kill', () => this.#world.startBrowser());
      case 'clear-data':
        return this.#clearData();
      case 'version-change':
        return this.#changeVersion();
      case 'low-quota':
        return this.#limitQuota(fault);
      default:
        return this.#disturb(kind, fault);
    }
  }

  /** A fault of one tab. */
  async #disturb(
    kind: 'tab-crash' | 'freeze' | 'reload' | 'navigate' | 'worker-terminate',
    fault: InjectedFault,
  ): Promise<boolean> {
    const open = this.#world.slots.filter((slot) => slot.state === 'open' && this.#mayHit(slot));
    const fitting = kind === 'worker-terminate' ? open.filter((slot) => slot.hasWorkers) : open;
    if (fitting.length === 0) return false;
    const targets = fitting.filter(({ isTarget }) => isTarget);
    const isPreferred = targets.length > 0 && this.#random.chance(TARGET_SHARE);
    const slot = this.#random.pick(isPreferred ? targets : fitting);
    if (kind === 'tab-crash') await this.#crash(slot);
    if (kind === 'freeze') return this.#freeze(slot, fault);
    if (kind === 'reload') await this.#reload(slot);
    if (kind === 'navigate') await this.#navigate(slot, fault);
    if (kind === 'worker-terminate')
      await within(slot.tab.page.evaluate(() => window.chaos.replaceWorker()));
    return true;
  }

  /** Mostly pages that are ready. */
  #mayHit(slot: TabSlot): boolean {
    return isReady(slot, this.#world.ledger) || this.#random.chance(0.1);
  }

  async #crash(slot: TabSlot): Promise<void> {
    const reach = this.#world.browser.sharesProcesses ? 'process' : 'tab';
    const crashedAt = await slot.crash();
    this.#world.end(reach, 'crash', slot, crashedAt);
    // The other tabs go on meanwhile.
    void this.#world.fill();
  }

  async #freeze(slot: TabSlot, fault: InjectedFault): Promise<boolean> {
    const { browser, slots } = this.#world;
    // A frozen page releases its leases. A process that was stopped cannot.
    if (!browser.sharesProcesses) this.#world.end('page', 'leave', slot);
    else if (slots.some(({ state }) => state === 'frozen')) return false;
    await slot.freeze();
    this.#later(500 + this.#random.next() * 5_500, slot, 'frozen', fault, () => slot.thaw());
    return true;
  }

  async #reload(slot: TabSlot): Promise<void> {
    this.#world.end('tab', 'leave', slot);
    await slot.load(this.#world.addressOf(slot));
  }

  async #navigate(slot: TabSlot, fault: InjectedFault): Promise<void> {
    this.#world.end('tab', 'leave', slot);
    await slot.leave(`${this.#world.site.url}/elsewhere`);
    this.#later(300 + this.#random.next() * 1_500, slot, 'away', fault, () => slot.comeBack());
  }

  /** Ends a fault unless something else has ended it before. */
  #later(
    ms: number,
    slot: TabSlot,
    state: SlotState,
    fault: InjectedFault,
    run: () => Promise<void>,
  ): void {
    const { since } = slot;
    this.#remedies.push({
      at: Date.now() + ms,
      run: async () => {
        if (slot.state === state && slot.since === since) await run();
        fault.to = Date.now();
      },
    });
  }

  async #killBrowser(cause: 'kill' | 'leave', start: () => Promise<unknown>): Promise<boolean> {
    this.#remedies = [];
    await this.#world.killBrowser(cause);
    for (const fault of this.injected) fault.to = Math.min(fault.to, Date.now());
    await start();
    return true;
  }

  async #clearData(): Promise<boolean> {
    const { browser, ledger, site, slots } = this.#world;
    if (!(await this.reachCheckpoint())) return false;
    await delay(300 + this.#random.next() * 700);
    const slot = slots.find(({ state }) => state === 'open');
    if (!slot) return false;
    try {
      await within(browser.clearData(slot.tab.page, site.url));
    } finally {
      ledger.noteReset({ from: this.#world.checkpoint, to: Date.now() });
    }
    await this.#world.renewWitness();
    return true;
  }

  /**
   * Lets the contexts consume what there is, and nothing more, so that a later reset cannot excuse a loss that happened
   * before. Resolves with whether everything was consumed.
   */
  async reachCheckpoint(limitMs = 20_000): Promise<boolean> {
    const { ledger } = this.#world;
    await this.heal();
    ledger.mode = 'pause';
    const end = Date.now() + limitMs;
    let emptyScans = 0;
    try {
      while (emptyScans < 2 && Date.now() < end) {
        await delay(300);
        await this.#world.revive();
        emptyScans = (await this.#isDrained()) ? emptyScans + 1 : 0;
      }
    } finally {
      ledger.mode = 'work';
    }
    if (emptyScans === 2) this.#world.checkpoint = Date.now();
    return emptyScans === 2;
  }

  async #isDrained(): Promise<boolean> {
    const { ledger, slots } = this.#world;
    const slot = slots.find(({ state }) => state === 'open');
    if (!slot || ledger.isPublishing) return false;
    const asked = slot.tab.page.evaluate(() => window.chaos.countLeft());
    return within(asked).then(
      (left) => left === 0,
      () => false,
    );
  }

  /** All tabs get the build with the newer schema, the first one alone at first. */
  async #changeVersion(): Promise<boolean> {
    const { site, slots } = this.#world;
    await this.heal();
    await site.raiseSchema();
    const open = slots.filter(({ state }) => state === 'open');
    const [first, ...others] = open;
    if (!first) return false;
    await this.#reload(first);
    await delay(200 + this.#random.next() * 800);
    await Promise.all(others.map((slot) => this.#reload(slot)));
    return true;
  }

  /** A browser learns of a new quota only some time after it has written, so the quota is low from its start. */
  async #limitQuota(fault: InjectedFault): Promise<boolean> {
    const killed = { kind: 'browser-kill' as const, from: fault.from, to: Date.now() };
    this.injected.push(killed);
    // A full browser is slow to deliver, which says nothing about a kill.
    const isKilled = await this.#killBrowser('leave', async () => {
      const lift = await this.#world.startBrowser({ isFull: true });
      this.#remedies.push({
        at: Date.now() + 2_000 + this.#random.next() * 3_000,
        run: async () => {
          fault.to = Date.now();
          await within(lift());
        },
      });
    });
    fault.to = Number.POSITIVE_INFINITY;
    return isKilled;
  }
}
