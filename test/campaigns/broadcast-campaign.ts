import { ManualRuntime } from 'ackline/testing';
import { MemberWorld } from '../backends/broadcast/contexts/member-world.ts';
import { addressOf, RemoteMember } from '../backends/broadcast/contexts/remote.ts';
import { until } from '../support/until.ts';
import { type Account, accountOf } from './broadcast-account.ts';
import { Actor } from './broadcast-actor.ts';

export interface BroadcastCampaignTerms {
  readonly seed: number;
  readonly laps: number;
  readonly onProgress: (line: string) => void;
}

export interface BroadcastOutcome {
  /** How often each kind of step happened. */
  readonly acts: Readonly<Record<string, number>>;
  readonly contexts: number;
  readonly published: number;
  readonly accounts: readonly Account[];
}

const MOST_PASSING = 4;
/** Longer than anything that a member may still wait for. */
const REST_MS = 12_000;

/** Tabs and workers of one Chromium. Some stay and are frozen now and then, others come and end. */
export class BroadcastCampaign {
  readonly #world: MemberWorld;
  readonly #chance: ManualRuntime;
  readonly #steady: Actor[] = [];
  readonly #passing: Actor[] = [];
  readonly #ended: Actor[] = [];
  #anchor: Actor | undefined;
  readonly #acts: Record<string, number> = {};

  private constructor(world: MemberWorld, seed: number) {
    this.#world = world;
    this.#chance = new ManualRuntime({ seed });
  }

  static async run({ seed, laps, onProgress }: BroadcastCampaignTerms): Promise<BroadcastOutcome> {
    const world = await MemberWorld.open();
    try {
      const campaign = new BroadcastCampaign(world, seed);
      await campaign.#gather();
      for (let lap = 1; lap <= laps; lap += 1) {
        await campaign.#lap();
        if (lap % 25 === 0)
          onProgress(`seed ${seed}, lap ${lap}: ${JSON.stringify(campaign.#acts)}`);
      }
      return await campaign.#end();
    } finally {
      await world.close();
    }
  }

  async #gather(): Promise<void> {
    for (const name of ['tab 1', 'tab 2', 'tab 3']) this.#steady.push(await this.#openTab(name));
    const [first, , third] = this.#steady;
    if (first?.tab === undefined || third?.tab === undefined) throw new Error('three tabs');
    this.#anchor = third;
    // One worker whose page is frozen too, and one that belongs to no page.
    const own = await RemoteMember.startWorker(first.tab.page, 'dedicated', 'worker of tab 1');
    const shared = await RemoteMember.startWorker(third.tab.page, 'shared', 'shared worker');
    this.#steady.push(new Actor(own, { host: first }), new Actor(shared, { host: third }));
    for (const { member } of this.#steady) await member.call('listen');
    for (const { member } of this.#steady) await member.call('untilMembers', this.#steady.length);
  }

  async #openTab(name: string): Promise<Actor> {
    // With a small replay buffer some events are lost.
    const repairEvents = this.#chance.random() < 0.7 ? 5 : 1_000;
    const { tab, member } = await this.#world.openTab(name, { repairEvents });
    return new Actor(member, { tab });
  }

  async #lap(): Promise<void> {
    const publisher = this.#pick(this.#running());
    const published = publisher?.publish(1 + this.#below(5));
    await this.#act();
    await Promise.race([published, pause(this.#below(300))]);
    await pause(this.#below(150));
  }

  async #act(): Promise<void> {
    const chance = this.#chance.random();
    if (chance < 0.4) return this.#standStill();
    if (chance < 0.55) return this.#goOn();
    if (chance < 0.7) return this.#occupy();
    if (chance < 0.85) return this.#come();
    return this.#go();
  }

  async #standStill(): Promise<void> {
    const actor = this.#pick(this.#running().filter(({ tab }) => tab !== undefined));
    // Calls to the worker go through the anchor tab, which is not frozen.
    if (actor?.tab === undefined || actor === this.#anchor) return;
    // Chromium ends a cached page if its worker gets a message.
    const hasWorker = this.#steady.some(({ host }) => host === actor);
    if (hasWorker || this.#chance.random() < 0.5 || !this.#steady.includes(actor)) {
      this.#note('freeze');
      return actor.freeze();
    }
    this.#note('back/forward cache');
    return actor.leave(`${this.#world.url}/elsewhere`);
  }

  async #goOn(): Promise<void> {
    const actor = this.#pick(this.#everybody().filter((one) => one.standsStill));
    if (actor === undefined) return;
    this.#note('go on');
    await this.#bringBack(actor);
  }

  /** A page that the browser did not cache is a new page now. */
  async #bringBack(actor: Actor): Promise<void> {
    if (await actor.goOn()) return;
    this.#note(`not kept: ${actor.member.name}`);
    for (const lost of this.#everybody().filter((one) => one === actor || one.host === actor))
      this.#retire(lost);
  }

  #occupy(): void {
    const actor = this.#pick(this.#running());
    if (actor === undefined) return;
    this.#note('busy');
    actor.occupy(500 + this.#below(3_000));
  }

  async #come(): Promise<void> {
    if (this.#passing.length >= MOST_PASSING) return;
    this.#note('open');
    const number = this.#passing.length + this.#ended.length + 1;
    const actor = await this.#openTab(`passing ${number}`);
    if (this.#chance.random() < 0.7) await actor.member.call('listen');
    this.#passing.push(actor);
  }

  async #go(): Promise<void> {
    const actor = this.#pick(this.#passing.filter((one) => one.isRunning));
    if (actor?.tab === undefined) return;
    const way = this.#pick(['crash', 'close', 'reload'] as const) ?? 'close';
    this.#note(way);
    this.#retire(actor);
    if (way !== 'reload') return actor.end(way);
    const name = `passing ${this.#passing.length + this.#ended.length + 1}`;
    const member = await actor.replace(addressOf(this.#world.url, name), name);
    await member.call('listen');
    this.#passing.push(new Actor(member, { tab: actor.tab }));
  }

  async #end(): Promise<BroadcastOutcome> {
    for (const actor of this.#everybody()) if (actor.standsStill) await this.#bringBack(actor);
    for (const actor of this.#everybody()) await actor.untilIdle();
    await pause(REST_MS);
    const everybody = [...this.#everybody(), ...this.#ended];
    const reports = await Promise.all(this.#steady.map(({ member }) => member.call('report')));
    return {
      acts: this.#acts,
      contexts: everybody.length,
      published: everybody.reduce((sum, { published }) => sum + published, 0),
      accounts: this.#steady.map(({ member }, index) =>
        accountOf(member.name, index, reports, everybody),
      ),
    };
  }

  #retire(actor: Actor): void {
    actor.isEnded = true;
    for (const list of [this.#steady, this.#passing]) {
      const index = list.indexOf(actor);
      if (index !== -1) list.splice(index, 1);
    }
    this.#ended.push(actor);
  }

  #everybody(): Actor[] {
    return [...this.#steady, ...this.#passing];
  }

  #running(): Actor[] {
    return this.#everybody().filter(({ isRunning }) => isRunning);
  }

  #note(act: string): void {
    this.#acts[act] = (this.#acts[act] ?? 0) + 1;
  }

  #below(limit: number): number {
    return Math.floor(this.#chance.random() * limit);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)];
  }
}

function pause(ms: number): Promise<void> {
  const end = performance.now() + ms;
  return until(() => performance.now() >= end, 'a pause', ms + 30_000);
}
