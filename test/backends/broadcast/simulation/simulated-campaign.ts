import { ManualRuntime } from 'ackline/testing';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedLine } from './simulated-line.ts';
import { Witness } from './witness.ts';

export type IdleWires = 'stay' | 'close';

export interface CampaignTerms {
  readonly seed: number;
  readonly steps: number;
  /** `close`: contexts that come and go close their wires when nothing needs them, as a process does. Default `stay`. */
  readonly idleWires?: IdleWires;
}

const STEADY = 3;
const MOST_PASSING = 5;
/** The longest step: contexts that close idle wires are given the time to do so. */
const STEP_MS = { stay: 600, close: 4_000 };
/** How many of the contexts that come and go are members. Only the others close their wires. */
const MEMBER_SHARE = { stay: 0.7, close: 0.3 };
const LONGEST_HOP_MS = 20;
/** After the last publish, all contexts run for so long: then each event is delivered, or reported as missed. */
const REST_MS = 30_000;

/**
 * Members that stay, to whom everything happens but an end, among contexts that come and go, with everything decided by
 * a seed.
 */
export class SimulatedCampaign {
  readonly witness = new Witness();
  readonly #runtime: ManualRuntime;
  readonly #line: SimulatedLine;
  readonly #steps: number;
  readonly #idleWires: IdleWires;
  readonly #steady: SimulatedContext[] = [];
  #passing: SimulatedContext[] = [];
  #openCount = 0;
  /** How many publishes opened a wire again that had been idle. */
  reopenedCount = 0;

  constructor({ seed, steps, idleWires = 'stay' }: CampaignTerms) {
    this.#runtime = new ManualRuntime({ seed });
    this.#line = new SimulatedLine(this.#runtime, LONGEST_HOP_MS);
    this.#steps = steps;
    this.#idleWires = idleWires;
  }

  async run(): Promise<void> {
    for (let count = 0; count < STEADY; count += 1) {
      const member = this.#open('steady', true);
      this.#steady.push(member);
    }
    await this.#pass(1_000);
    for (const member of this.#steady) this.witness.watch(member);
    for (let step = 0; step < this.#steps; step += 1) {
      await this.#act();
      await this.#pass(this.#below(STEP_MS[this.#idleWires]));
    }
    for (const context of this.#alive()) if (context.state !== 'running') context.resume();
    await this.#pass(REST_MS);
  }

  /** Lets time pass, and the witness compare the contexts now and then. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      await this.#runtime.advance(Math.min(left, 100));
      this.witness.compareAll(this.#runtime.now(), this.#alive());
    }
  }

  async #act(): Promise<void> {
    const chance = this.#runtime.random();
    if (chance < 0.45) return this.#publish();
    if (chance < 0.7) return this.#stop();
    if (chance < 0.85) return this.#resume();
    if (chance < 0.95 && this.#passing.length < MOST_PASSING) {
      this.#passing.push(
        this.#open('passing', this.#runtime.random() < MEMBER_SHARE[this.#idleWires]),
      );
      return;
    }
    return this.#end();
  }

  async #publish(): Promise<void> {
    const context = this.#pick(this.#alive().filter(({ state }) => state === 'running'));
    if (context === undefined) return;
    if (context.openedCount > 0 && !context.isConnected) this.reopenedCount += 1;
    const count = 1 + this.#below(4);
    // It may end before.
    void context.publish(count).catch(() => undefined);
    await this.#runtime.settle();
    this.witness.notePublished(context);
  }

  #stop(): void {
    const context = this.#pick(this.#alive().filter(({ state }) => state === 'running'));
    if (context === undefined) return;
    if (this.#runtime.random() < 0.6) return context.freeze();
    context.occupy();
    this.#runtime.after(500 + this.#below(4_000), () => {
      if (context.state === 'busy') context.resume();
    });
  }

  #resume(): void {
    this.#pick(this.#alive().filter(({ state }) => state === 'frozen'))?.resume();
  }

  /** A crash, or a shutdown. */
  #end(): void {
    const context = this.#pick(this.#passing);
    if (context === undefined) return;
    this.#passing = this.#passing.filter((one) => one !== context);
    if (context.state === 'running' && this.#runtime.random() < 0.5)
      void context.events.shutdown({ mode: 'release' });
    else context.die();
    this.witness.noteEnd(context);
  }

  #open(kind: string, isMember: boolean): SimulatedContext {
    this.#openCount += 1;
    const context = new SimulatedContext(
      `${kind} ${this.#openCount}`,
      {
        runtime: this.#runtime,
        openWire: (opened) => this.#line.open(opened),
        keepsProcess: this.#idleWires === 'close' && kind === 'passing',
      },
      // With few some things cannot be had any more.
      { repairEvents: this.#runtime.random() < 0.2 ? 3 : 1_000 },
    );
    if (isMember) context.listen();
    return context;
  }

  #alive(): SimulatedContext[] {
    return [...this.#steady, ...this.#passing];
  }

  #below(limit: number): number {
    return Math.floor(this.#runtime.random() * limit);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)];
  }
}
