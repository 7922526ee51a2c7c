import { broadcastBackend } from 'ackline/broadcast';
import { checkHistory, type HistoryViolation } from 'ackline/testing';
import {
  type BroadcastPlan,
  broadcastHealingMs,
  broadcastPlanFor,
  type MemberEvent,
  MOST_THROTTLE_MS,
  SOUND_MEMBER_WIRE,
} from './broadcast-plan.ts';
import { HistoryRecorder } from './history-recorder.ts';
import { MemberWires } from './member-wires.ts';
import { noteUnreachable } from './note-unreachable.ts';
import { Random } from './random.ts';
import { SimulatedContext } from './simulated-context.ts';
import { SimulatedLocks } from './simulated-locks.ts';
import { SimulatedMember } from './simulated-member.ts';
import { hashOf, type SimulationResult } from './simulation-result.ts';
import { World } from './world.ts';

/** Steps after which a phase counts as stuck. */
const MOST_STEPS = 400_000;
const STEPS_AFTER_SHUTDOWN = 500;
/** One simulation of contexts that broadcast to each other. */
export class BroadcastSimulation {
  readonly #seed: number;
  readonly #world: World;
  readonly #plan: BroadcastPlan;
  readonly #recorder = HistoryRecorder.create();
  readonly #locks = new SimulatedLocks();
  readonly #wires: MemberWires;
  readonly #members: SimulatedMember[] = [];
  readonly #counts: Record<string, number> = {};
  #healedAt = 0;

  /** `plan`: in place of what the seed decides. */
  constructor(seed: number, plan?: BroadcastPlan) {
    this.#seed = seed;
    this.#plan = plan ?? broadcastPlanFor(new Random(seed));
    this.#world = new World(seed);
    this.#wires = new MemberWires(this.#world, this.#plan.wire);
  }

  async run(): Promise<SimulationResult<BroadcastPlan>> {
    this.#noteChannels();
    for (let count = 0; count < this.#plan.contextCount; count += 1) this.#addMember();
    await this.#disturb();
    this.#heal();
    const stuck = (await this.#settle()) ?? (await this.#stop());
    return this.#result(stuck);
  }

  /** Every event is for the members alone: a channel without any delivers to no group. */
  #noteChannels(): void {
    const context = new SimulatedContext(this.#world, 'channels');
    for (const channel of this.#plan.channels)
      this.#recorder.note(context, { operation: 'delete-group', channel, group: 'none' });
  }

  #addMember(): void {
    const context = new SimulatedContext(this.#world, `c${this.#world.contexts.length}`);
    this.#recorder.watch(context);
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    context.enter(() => {
      Object.assign(globalThis, { document: page });
      const { hasLocks, history, repairEvents, maxBacklogEvents } = this.#plan;
      const backend = broadcastBackend({
        ...{ name: 'simulated', runtime: context.runtime, history, repairEvents },
        maxBacklogEvents,
        locks: hasLocks ? (this.#locks.forContext(context) as never) : null,
        openWire: () => this.#wires.open(context, () => backend.memberId),
      });
      Reflect.deleteProperty(globalThis, 'document');
      const parts = { context, backend, page, recorder: this.#recorder, plan: this.#plan };
      const member = new SimulatedMember({ ...parts, wires: this.#wires });
      this.#members.push(member);
      member.start();
    });
  }

  /** Lets the contexts work, and things happen to them. */
  async #disturb(): Promise<void> {
    const { events, eventCount, wire } = this.#plan;
    const { random } = this.#world;
    for (let count = 0; count <= eventCount; count += 1) {
      await this.#pass(random.next() * 800);
      const alive = this.#alive();
      if (alive.length === 0 || (wire.crashAtPost > 0 && alive.length < 3)) this.#addMember();
      const running = this.#alive().filter(({ context }) => context.isRunning);
      if (running.length === 0 || events.length === 0 || count === eventCount) continue;
      this.#happen(random.pick(events), random.pick(running));
    }
  }

  async #pass(ms: number): Promise<void> {
    const until = this.#world.time + ms;
    this.#world.after(ms, () => undefined);
    await this.#world.run(() => this.#world.time >= until, MOST_STEPS);
  }

  #happen(event: MemberEvent, member: SimulatedMember): void {
    const { random } = this.#world;
    const { context } = member;
    this.#counts[event] = (this.#counts[event] ?? 0) + 1;
    const forMs = random.next() * random.pick([300, 3_000, 12_000]);
    if (event === 'crash') context.end();
    if (event === 'crash' || event === 'shutdown') this.#addMember();
    if (event === 'shutdown') context.call(() => void member.stop());
    if (event === 'freeze') this.#freeze(member, forMs);
    if (event === 'pause') this.#pause(member, forMs);
    if (event === 'throttle') context.throttleMs = random.pick([0, 1_000, MOST_THROTTLE_MS]);
    if (event === 'skew') context.clockOffsetMs += random.pick([-1, 1]) * random.whole(1, 900);
    if (event === 'jump') {
      const jumpMs = random.pick([-1, 1]) * random.pick([1, 1_000, 6e5, 8.64e7, 3.2e11]);
      for (const one of this.#world.contexts) one.clockOffsetMs += jumpMs;
    }
  }

  /** The page gets its `freeze` event, and is frozen after it. */
  #freeze(member: SimulatedMember, forMs: number): void {
    const { context } = member;
    context.call(() => {
      // It waited in the context until the faults had ended.
      if (this.#healedAt > 0) return;
      member.page.dispatchEvent(new Event('freeze'));
      // What the platform was asked for in this task, it does.
      void Promise.resolve().then(() => this.#pause(member, Number.POSITIVE_INFINITY));
    });
    this.#world.after(forMs, () => this.#resume(member));
  }

  #resume(member: SimulatedMember): void {
    const { context, page } = member;
    this.#thaw(member);
    context.call(() => {
      page.dispatchEvent(new Event('resume'));
      this.#recorder.note(context, { operation: 'thaw', channel: '' });
    });
  }

  #pause(member: SimulatedMember, forMs: number): void {
    const { context } = member;
    if (!context.isRunning) return;
    context.freeze();
    this.#recorder.note(context, { operation: 'freeze', channel: '' });
    if (forMs < Number.POSITIVE_INFINITY) this.#world.after(forMs, () => this.#thaw(member));
  }

  #thaw({ context }: SimulatedMember): void {
    if (context.isRunning || context.isEnded) return;
    context.thaw();
    this.#recorder.note(context, { operation: 'thaw', channel: '' });
  }

  #alive(): SimulatedMember[] {
    return this.#members.filter(({ context, isStopping }) => !context.isEnded && !isStopping);
  }

  #heal(): void {
    this.#wires.faults = SOUND_MEMBER_WIRE;
    this.#healedAt = this.#world.time;
    for (const member of this.#members) {
      const { context, page } = member;
      context.throttleMs = 0;
      if (context.isEnded) continue;
      member.heal();
      // Every context announces what it knows, as after a freeze: nothing else shows that the last message of a context
      // that has ended was lost on the wire.
      if (this.#plan.wire.lost > 0)
        context.call(() => {
          this.#recorder.note(context, { operation: 'freeze', channel: '' });
          page.dispatchEvent(new Event('freeze'));
        });
      this.#resume(member);
    }
  }

  /** Each context publishes once more, and each member has to acknowledge that. */
  async #settle(): Promise<string | undefined> {
    await this.#pass(broadcastHealingMs(this.#plan));
    const alive = this.#alive();
    let openCount = 0;
    for (const channel of this.#plan.channels) {
      const members = alive
        .filter(({ joined }) => joined.has(channel))
        .map(({ context }) => context.name);
      for (const member of alive) {
        openCount += 1;
        member.context.call(
          () =>
            void member.publishLast(channel, members).then(() => {
              openCount -= 1;
            }),
        );
      }
    }
    if (!(await this.#world.run(() => openCount === 0, MOST_STEPS)))
      return 'a confirmed publish did not end';
    await this.#pass(broadcastHealingMs(this.#plan));
    noteUnreachable(this.#recorder.records, this.#alive(), this.#wires.knowledge, this.#healedAt);
    return undefined;
  }

  /** Every context that is left shuts down. */
  async #stop(): Promise<string | undefined> {
    const left = this.#members.filter(({ context }) => !context.isEnded);
    let openCount = left.length;
    for (const member of left)
      member.context.call(() => {
        void member.stop().then(() => {
          openCount -= 1;
        });
      });
    if (!(await this.#world.run(() => openCount === 0, MOST_STEPS)))
      return 'a shutdown did not end';
    await this.#world.run(() => false, STEPS_AFTER_SHUTDOWN);
    const late = left.filter(({ context }) => this.#world.countTimersOf(context) > 0);
    if (late.length > 0) return `${late.length} contexts have timers after their shutdown`;
    if (this.#wires.size > 0) return `${this.#wires.size} wires are open after all shutdowns`;
    if (this.#locks.size > 0) return `${this.#locks.size} locks are held after all shutdowns`;
    return undefined;
  }

  #violations(): HistoryViolation[] {
    return checkHistory(this.#recorder.records, {
      orderedChannels: this.#plan.channels,
      hasExactMembers: this.#plan.hasLocks,
      healed: { at: this.#healedAt, withinMs: broadcastHealingMs(this.#plan) },
    });
  }

  #result(stuck: string | undefined): SimulationResult<BroadcastPlan> {
    const { records } = this.#recorder;
    return {
      ...{ seed: this.#seed, plan: this.#plan, records, stepCount: this.#world.stepCount },
      hash: hashOf(records),
      violations: this.#violations(),
      ...(stuck && { stuck }),
      faultCounts: { ...this.#counts, ...this.#wires.counts },
    };
  }
}
