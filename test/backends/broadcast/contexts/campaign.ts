import { ManualRuntime } from 'ackline/testing';
import type { Confirmed, MemberSettings } from './member.ts';
import type { MemberTab, MemberWorld } from './member-world.ts';
import { RemoteMember } from './remote.ts';

/** A replay buffer with room for all events that are published while a tab is frozen. */
const SETTINGS: MemberSettings = { repairEvents: 20_000, repairBytes: 64 * 1_024 * 1_024 };
/** What each member publishes in a lap. */
const LAP = { count: 25, burst: 5 };
const FREEZING = ['freezing 1', 'freezing 2'];
const CRASHING = ['crashing 1', 'crashing 2'];

/** Two tabs that are frozen and resumed, two that crash, and four contexts to which nothing happens. All publish. */
export class Campaign {
  readonly steady: readonly RemoteMember[];
  /** The reports of steady members. */
  readonly confirmed: Confirmed[] = [];
  /** Member ids of crashed tabs. */
  readonly crashed: string[] = [];
  freezes = 0;
  readonly #chance: ManualRuntime;
  readonly #freezing: ReadonlyMap<string, MemberTab>;
  readonly #crashing: Map<string, MemberTab>;
  readonly #frozen = new Set<string>();
  /** Publishes of tabs that are frozen and resumed. They end after the resume. */
  readonly #laps: Promise<unknown>[] = [];

  private constructor(
    seed: number,
    steady: readonly RemoteMember[],
    freezing: ReadonlyMap<string, MemberTab>,
    crashing: Map<string, MemberTab>,
  ) {
    this.#chance = new ManualRuntime({ seed });
    this.steady = steady;
    this.#freezing = freezing;
    this.#crashing = crashing;
  }

  static async gather(world: MemberWorld, seed: number): Promise<Campaign> {
    const open = (name: string) => world.openTab(name, SETTINGS);
    const [first, second] = [await open('tab 1'), await open('tab 2')];
    const dedicated = await RemoteMember.startWorker(first.tab.page, 'dedicated', 'dedicated');
    const shared = await RemoteMember.startWorker(second.tab.page, 'shared', 'shared');
    const freezing = new Map<string, MemberTab>();
    for (const name of FREEZING) freezing.set(name, await open(name));
    const crashing = new Map<string, MemberTab>();
    for (const name of CRASHING) crashing.set(name, await open(name));
    const steady = [first.member, second.member, dedicated, shared];
    const tabs = [...freezing.values(), ...crashing.values()].map(({ member }) => member);
    const listening = [...steady, ...tabs];
    for (const member of listening) await member.call('listen');
    for (const member of listening) await member.call('untilMembers', listening.length);
    return new Campaign(seed, steady, freezing, crashing);
  }

  get survivors(): RemoteMember[] {
    return [...this.steady, ...[...this.#freezing.values()].map(({ member }) => member)];
  }

  /** All members publish repeatedly. Meanwhile some crash or freeze. */
  async run(laps: number): Promise<void> {
    const crashes = new Map(CRASHING.map((name) => [this.#below(laps), name]));
    for (let lap = 0; lap < laps; lap += 1) {
      const publishing = this.#publishLap();
      const doomed = crashes.get(lap);
      if (doomed !== undefined) await this.#crash(doomed);
      else await this.#freezeOrResume(FREEZING[this.#below(FREEZING.length)] ?? '');
      await publishing;
    }
    for (const name of [...this.#frozen]) await this.#freezeOrResume(name);
    await Promise.all(this.#laps);
  }

  async #publishLap(): Promise<void> {
    for (const [name, { member }] of this.#freezing)
      if (!this.#frozen.has(name))
        this.#laps.push(member.call('publish', { ...LAP, confirmEvery: 0 }));
    // The tab may crash before the publishes end.
    for (const { member } of this.#crashing.values())
      void member.call('publish', { ...LAP, confirmEvery: 0 }).catch(() => undefined);
    const steady = this.steady.map((member) =>
      member.call('publish', { ...LAP, confirmEvery: 10 }),
    );
    this.confirmed.push(...(await Promise.all(steady)).flat());
  }

  async #freezeOrResume(name: string): Promise<void> {
    const { tab } = this.#freezing.get(name) as MemberTab;
    if (this.#frozen.delete(name)) return tab.resume();
    this.#frozen.add(name);
    this.freezes += 1;
    return tab.freeze();
  }

  /** Crashes the tab while it holds an event whose publisher waits. */
  async #crash(name: string): Promise<void> {
    const { tab, member } = this.#crashing.get(name) as MemberTab;
    this.#crashing.delete(name);
    this.crashed.push((await member.call('report')).memberId);
    await member.call('hold');
    const [first] = this.steady;
    const waiting = first?.call('publish', { count: 1, burst: 1, confirmEvery: 1 }) ?? [];
    await member.call('untilHeld');
    await tab.crash();
    await tab.page.close();
    this.confirmed.push(...(await waiting));
  }

  #below(limit: number): number {
    return Math.floor(this.#chance.random() * limit);
  }
}
