import type { Stop } from '../../src/core/runtime/runtime.ts';
import { Random } from './random.ts';
import type { SimulatedContext } from './simulated-context.ts';

/** The platform's, before a simulation replaces it. */
const runLater = setImmediate;

/** Steps after which a phase of a simulation counts as stuck. */
export const MOST_STEPS = 500_000;
/** Milliseconds that a step takes at most. */
const MOST_STEP_MS = 0.2;

interface Timer {
  readonly context: SimulatedContext | undefined;
  readonly dueAt: number;
  readonly run: () => void;
}

/**
 * Everything that happens in a simulation happens in steps, and one seed decides their order.
 *
 * What can happen next: the next storage task of a context; a call into a context (a granted lock, a message); a timer
 * that is due. A step runs one of them, and all microtasks that follow. So a context can be interrupted wherever it awaits
 * something that another context can see.
 */
export class World {
  readonly random: Random;
  readonly contexts: SimulatedContext[] = [];
  /** Milliseconds since the beginning. Grows with each step. */
  time = 0;
  /** The context whose code runs in this step. */
  current: SimulatedContext | undefined;
  readonly #timers = new Set<Timer>();
  /** Storage tasks that no context began. */
  readonly #storage: (() => void)[] = [];
  stepCount = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Runs a storage task after those that the same context began before it. */
  addStorageTask(run: () => void): void {
    (this.current?.storageTasks ?? this.#storage).push(run);
  }

  /** Calls `run` in `context` after `ms`; without a context, outside of all. */
  after(ms: number, run: () => void, context?: SimulatedContext): Stop {
    const timer = { context, dueAt: this.time + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  countTimersOf(context: SimulatedContext): number {
    return [...this.#timers].filter((timer) => timer.context === context).length;
  }

  /** The timers of a context that has ended never fire. */
  dropTimersOf(context: SimulatedContext): void {
    for (const timer of this.#timers) if (timer.context === context) this.#timers.delete(timer);
  }

  /** Makes steps until `isOver`, or until nothing can happen any more. Answers whether it is over. */
  async run(isOver: () => boolean, mostSteps: number): Promise<boolean> {
    for (let step = 0; step < mostSteps; step += 1) {
      if (isOver()) return true;
      if (await this.#step()) continue;
      // What was called last may still have microtasks.
      await new Promise((resolve) => runLater(resolve));
      if (this.#choices().length === 0 && !this.#skipTime()) return isOver();
    }
    return isOver();
  }

  async #step(): Promise<boolean> {
    const choices = this.#choices();
    if (choices.length === 0) {
      if (!this.#skipTime()) return false;
      return true;
    }
    this.stepCount += 1;
    this.time += this.random.next() * MOST_STEP_MS + 0.001;
    this.random.pick(choices)();
    await new Promise((resolve) => runLater(resolve));
    this.current = undefined;
    return true;
  }

  /** Nothing can happen now: goes on to the moment at which something can. */
  #skipTime(): boolean {
    const moments = [...this.#timers].filter(isRunnable).map(({ dueAt }) => dueAt);
    const stalls = this.contexts
      .filter(({ storageTasks }) => storageTasks.length > 0)
      .map(({ stalledUntil }) => stalledUntil);
    const next = [...moments, ...stalls].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) return false;
    this.time = Math.max(this.time, next);
    return true;
  }

  #choices(): (() => void)[] {
    const choices: (() => void)[] = [];
    if (this.#storage.length > 0) choices.push(() => this.#storage.shift()?.());
    for (const context of this.contexts) {
      const { storageTasks, calls } = context;
      if (storageTasks.length > 0 && context.stalledUntil <= this.time)
        choices.push(() => context.enter(storageTasks.shift() as () => void));
      if (calls.length > 0 && context.isRunning)
        choices.push(() => context.enter(calls.shift() as () => void));
    }
    const due = this.#firstDue();
    if (due) choices.push(() => this.#fire(due));
    return choices;
  }

  #firstDue(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueAt <= this.time && isRunnable(timer) && !(first && first.dueAt <= timer.dueAt))
        first = timer;
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    if (timer.context) timer.context.enter(timer.run);
    else timer.run();
  }
}

function isRunnable({ context }: Timer): boolean {
  return context === undefined || context.isRunning;
}
