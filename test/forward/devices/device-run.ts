import { bundle } from '../../setup/bundle.ts';
import type { EngineName } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import { pageOf, type ServedPages, servePages } from '../../setup/serve-pages.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import { Random } from '../../simulation/random.ts';
import { until } from '../../support/until.ts';
import { type Judged, judgeArrivals } from './judge-arrivals.ts';
import type { Target } from './target.ts';

const TABS = 3;
/** Of each tab. */
const LINES = 3;
/** Publishes that are acknowledged between two faults. */
const BETWEEN_FAULTS = 40;
const DRAIN_MS = 45_000;
/** Longer than a page waits for any answer of its browser. */
const STATE_MS = 15_000;

export interface DeviceResult {
  readonly acknowledged: number;
  readonly stored: number;
  /** Events that the servers have received more than once. */
  readonly repeated: number;
  readonly faults: readonly string[];
  readonly judged: Judged;
  readonly deadLetters: readonly (string | null)[];
  readonly uncaught: readonly string[];
}

/** Tabs of one browser publish into one database, and move its events to a target, through faults of everything. */
export class DeviceRun {
  readonly #lines = new Set<string>();
  readonly #acknowledged = new Set<string>();
  readonly #tabs: Tab[] = [];
  readonly #uncaught: string[] = [];
  readonly #random: Random;
  readonly #target: Target;
  #opened = 0;
  #engine!: Engine;
  #served!: ServedPages;

  constructor(target: Target, seed: number) {
    this.#target = target;
    this.#random = new Random(seed);
  }

  async start(engine: EngineName): Promise<void> {
    const body = await bundle(new URL('./device-page.ts', import.meta.url));
    const files = {
      '/': pageOf('/page.js'),
      '/page.js': { type: 'text/javascript', body } as const,
    };
    const onPost = (id: string) => void this.#acknowledged.add(id);
    this.#served = await servePages(files, onPost);
    this.#engine = await launchEngine(engine);
    for (let tab = 0; tab < TABS; tab += 1) await this.#openTab(tab);
  }

  /** Each fault once, in a random order, and a tab ends in the middle of every second one. */
  async run(): Promise<DeviceResult> {
    const random = this.#random;
    const waiting = Object.entries(this.#target.faults);
    const faults: string[] = [];
    while (waiting.length > 0) {
      const [[name, fault]] = waiting.splice(random.whole(0, waiting.length - 1), 1) as [
        (typeof waiting)[number],
      ];
      await this.#untilAcknowledged(BETWEEN_FAULTS);
      const lasting = fault(random);
      faults.push(name);
      if (faults.length % 2 === 0) faults.push(await this.#replaceTab());
      await lasting;
    }
    return this.#result(faults);
  }

  async close(): Promise<void> {
    await this.#engine?.close();
    await this.#served?.close();
  }

  async #untilAcknowledged(more: number): Promise<void> {
    const enough = this.#acknowledged.size + more;
    await this.#until(() => this.#acknowledged.size >= enough, `${enough} acknowledged publishes`);
  }

  async #openTab(at: number): Promise<void> {
    const tab = await this.#engine.openTab(this.#served.url);
    await tab.waitFor(() => window.startDevice !== undefined);
    this.#tabs[at] = tab;
    await this.#startDevice(tab);
  }

  async #startDevice(tab: Tab): Promise<void> {
    const { kind, url } = this.#target;
    this.#opened += 1;
    const lines = Array.from({ length: LINES }, (_, line) => `t${this.#opened}-${line}`);
    for (const line of lines) this.#lines.add(line);
    await tab.evaluate((options) => window.startDevice(options), { lines, to: kind, url });
  }

  /** A tab ends while it publishes and moves. Not the first one, which opens the others in WebKitGTK. */
  async #replaceTab(): Promise<string> {
    const at = this.#random.whole(1, TABS - 1);
    const tab = this.#tabs[at] as Tab;
    this.#uncaught.push(...(await tab.evaluate(() => window.uncaught)));
    if (this.#engine.crashFault === null && this.#random.chance(0.7)) {
      await tab.crash();
      await this.#openTab(at);
      return 'tab crashed';
    }
    await tab.close();
    await this.#openTab(at);
    return 'tab closed';
  }

  /** The message of its failure says what is left where. */
  async #until(
    condition: () => boolean | Promise<boolean>,
    what: string,
    timeoutMs = 30_000,
  ): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const hanging = new Promise<never>((_, reject) => {
      const error = new Error(`${what}: a page does not answer`);
      timer = setTimeout(reject, timeoutMs + STATE_MS, error);
    });
    try {
      await Promise.race([until(condition, what, timeoutMs), hanging]);
    } catch (error) {
      const states = JSON.stringify(await this.#states(), null, 1);
      throw new Error(`${(error as Error).message}: ${states}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the pages know of themselves and of their database. Null for a page that does not answer. */
  #states(): Promise<readonly (object | null)[]> {
    const late = new Promise<null>((resolve) => setTimeout(resolve, STATE_MS, null));
    const stateOf = (tab: Tab) => Promise.race([tab.evaluate(() => window.state()), late]);
    return Promise.all(this.#tabs.map(stateOf));
  }

  async #result(faults: readonly string[]): Promise<DeviceResult> {
    // A publish that is stored later would be missing in what has arrived.
    for (const tab of this.#tabs) {
      const ended = () => tab.evaluate(() => window.endPublishing()).then(() => true);
      await this.#until(ended, 'the last publishes');
    }
    const [tab] = this.#tabs as [Tab];
    const isEmpty = async () => (await tab.evaluate(() => window.left())) === 0;
    await this.#until(isEmpty, 'an empty database', DRAIN_MS);
    for (const one of this.#tabs)
      this.#uncaught.push(...(await one.evaluate(() => window.uncaught)));

    const arrivals = await this.#target.arrivals();
    const { received } = this.#target;
    const judged = judgeArrivals(this.#lines, this.#acknowledged, arrivals);
    const told = new Set(received);
    return {
      acknowledged: this.#acknowledged.size,
      stored: arrivals.length,
      repeated: received.length - told.size,
      faults,
      // Whether the devices have lost it, or the servers.
      judged: {
        ...judged,
        lost: judged.lost.map((id) => `${id}${told.has(id) ? ', received' : ''}`),
      },
      deadLetters: await tab.evaluate(() => window.notes()),
      uncaught: this.#uncaught,
    };
  }
}
