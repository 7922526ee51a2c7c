import type { Runtime, Stop } from '../../src/core/runtime/runtime.ts';
import type { World } from './world.ts';

/** Epoch milliseconds at which every simulation begins. */
export const BEGINNING = 1_700_000_000_000;

type ContextState = 'running' | 'frozen' | 'ended';

/**
 * A tab or worker of a simulation: its clock, its timers, and what is called in it.
 *
 * It is running until it is frozen or ended. Frozen, nothing of its code runs, and what is called in it waits; storage goes
 * on with what it asked for before. Ended, nothing of its code ever runs again.
 */
export class SimulatedContext {
  readonly name: string;
  readonly world: World;
  readonly storageTasks: (() => void)[] = [];
  /** What is called in it: granted locks, messages, and the events of storage that came while it was frozen. */
  readonly calls: (() => void)[] = [];
  /** By `World.time`: storage does nothing for this context before. */
  stalledUntil = 0;
  /** How far its clock is from that of the world. */
  clockOffsetMs = 0;
  /** Its timers fire at multiples of this only; 0: when they are due. */
  throttleMs = 0;
  #state: ContextState = 'running';
  #idCount = 0;
  readonly #onEnd: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    world.contexts.push(this);
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  readonly runtime: Runtime = {
    now: () => Math.floor(BEGINNING + this.world.time + this.clockOffsetMs),
    elapsed: () => this.world.time,
    after: (ms, run) => this.#after(ms, run),
    randomId: () => {
      this.#idCount += 1;
      return `${this.name}-${this.#idCount}`;
    },
    random: () => this.world.random.next(),
  };

  /** Runs code of this context. */
  enter(run: () => void): void {
    this.world.current = this;
    run();
  }

  /** Calls `run` in this context, in a step of its own, once it is running. */
  call(run: () => void): void {
    if (!this.isEnded) this.calls.push(run);
  }

  /** Resolves after `ms`, in a step of its own. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#after(ms, resolve);
    });
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state === 'frozen') this.#state = 'running';
  }

  /** As when a tab crashes: locks are free, and what storage was asked for and has not committed is aborted. */
  end(): void {
    if (this.isEnded) return;
    this.#state = 'ended';
    this.calls.length = 0;
    this.world.dropTimersOf(this);
    for (const end of this.#onEnd) end();
  }

  /** What the platform does when the context ends. */
  whenEnded(end: () => void): void {
    this.#onEnd.push(end);
  }

  #after(ms: number, run: () => void): Stop {
    if (this.isEnded) return () => undefined;
    const { throttleMs, world } = this;
    const dueAt = world.time + Math.max(0, ms);
    const at = throttleMs > 0 ? Math.ceil(dueAt / throttleMs) * throttleMs : dueAt;
    return world.after(at - world.time, run, this);
  }
}
