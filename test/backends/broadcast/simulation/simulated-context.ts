import { EventChannel, type Runtime, type Stop } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend, type Wire } from 'ackline/broadcast';
import { recordingObserver } from 'ackline/testing';
import { vi } from 'vitest';
import type { Numbered } from '../contexts/numbered.ts';

/**
 * `busy`: one long task, timers and messages wait. `frozen`: the page has received its event, timers wait, the wire is closed.
 * `dead`: crashed, or closed.
 */
export type ContextState = 'running' | 'busy' | 'frozen' | 'dead';

/** What the world gives a context. */
export interface Surroundings {
  readonly runtime: Runtime;
  openWire(context: SimulatedContext): Wire;
  /** An open wire keeps its process alive, as in Deno: the context closes it when nothing needs it. */
  readonly keepsProcess?: boolean;
}

/** One context whose thread a test can stop: its timers and messages wait meanwhile, or are lost. */
export class SimulatedContext {
  readonly name: string;
  readonly events: EventChannel;
  readonly observer = recordingObserver();
  /** In the order in which they were handled. */
  readonly handled: Numbered[] = [];
  published = 0;
  state: ContextState = 'running';
  /** Whether its wire is open. */
  isConnected = false;
  /** How often its wire was opened. */
  openedCount = 0;
  readonly #page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  readonly #runtime: Runtime;
  #dueTimers: (() => void)[] = [];
  #tasks: (() => void)[] = [];

  constructor(
    name: string,
    surroundings: Surroundings,
    options: Partial<BroadcastBackendOptions> = {},
  ) {
    this.name = name;
    this.#runtime = surroundings.runtime;
    vi.stubGlobal('document', this.#page);
    const backend = broadcastBackend({
      name: 'simulation',
      runtime: this.#runtimeOver(surroundings.runtime),
      locks: null,
      openWire: () => this.#openWire(surroundings),
      ...options,
    });
    vi.unstubAllGlobals();
    this.events = new EventChannel({ backend, observer: this.observer });
  }

  listen(): void {
    const handle = ({ payload }: { readonly payload: unknown }) =>
      void this.handled.push(payload as Numbered);
    this.events.listen('news', handle, { concurrency: 100 });
  }

  /** Resolves when all are sent. */
  async publish(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => {
      this.published += 1;
      return this.published;
    });
    const numbered = (number: number): Numbered => ({
      publisher: this.name,
      number,
      isConfirmed: false,
      body: '',
    });
    await Promise.all(numbers.map((number) => this.events.publish('news', numbered(number))));
  }

  freeze(): void {
    this.#page.dispatchEvent(new Event('freeze'));
    this.state = 'frozen';
  }

  occupy(): void {
    this.state = 'busy';
  }

  die(): void {
    this.state = 'dead';
    this.#dueTimers = [];
    this.#tasks = [];
  }

  /** After a freeze, or a long task: timers that have become due come first, as Node has it. */
  resume(): void {
    const wasFrozen = this.state === 'frozen';
    this.state = 'running';
    for (const fire of this.#dueTimers.splice(0)) fire();
    // Tasks that the timers began run first.
    this.#runtime.after(1, () => this.#drain());
    if (wasFrozen) this.#page.dispatchEvent(new Event('resume'));
  }

  /** Runs a task of this context: now, or when its thread is free. */
  run(act: () => void): void {
    if (this.state === 'running' && this.#tasks.length === 0) act();
    else if (this.state !== 'dead') this.#tasks.push(act);
  }

  /** How many events were reported to it as missed. */
  get missedCount(): number {
    return this.observer.of('events-missed').reduce((sum, { count }) => sum + count, 0);
  }

  #openWire({ openWire, keepsProcess = false }: Surroundings): Wire {
    const wire = openWire(this);
    this.isConnected = true;
    this.openedCount += 1;
    const close = () => {
      this.isConnected = false;
      wire.close();
    };
    return { ...wire, close, keepsProcess };
  }

  #drain(): void {
    while (this.state === 'running' && this.#tasks.length > 0) this.#tasks.shift()?.();
  }

  #runtimeOver(runtime: Runtime): Runtime {
    return {
      now: () => runtime.now(),
      random: () => runtime.random(),
      randomId: () => runtime.randomId(),
      after: (ms, run) => this.#after(runtime, ms, run),
    };
  }

  #after(runtime: Runtime, ms: number, run: () => void): Stop {
    let isStopped = false;
    const stop = runtime.after(ms, () => {
      const fire = () => {
        if (!isStopped) run();
      };
      if (this.state === 'running') fire();
      else if (this.state !== 'dead') this.#dueTimers.push(fire);
    });
    return () => {
      isStopped = true;
      stop();
    };
  }
}
