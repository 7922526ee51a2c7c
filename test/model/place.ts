import type { AsyncEventBackend, ObserverEvent } from 'ackline';
import type { ManualRuntime, PartitionsUnderTest, Requirement } from 'ackline/testing';
import fc from 'fast-check';
import { Model } from './model.ts';
import type { ModelEvent, State } from './model-event.ts';

/** What the commands have in common. */

export type Backend = Required<AsyncEventBackend>;

/** One context of a storage. Where there is neither a schema nor a codec, all three are the same backend. */
export interface Context {
  /** Has the schemas and the codec. */
  readonly full: Backend;
  /** Has the codec, as a version of the application before the schemas. */
  readonly coded: Backend;
  readonly raw: Backend;
}

/** A delivery. Its lease may be stale. */
export interface Handed {
  readonly n: number;
  readonly id: string;
  readonly queue: string;
  readonly lease: number;
  readonly context: Backend;
}

/** What a run is over. */
export interface World {
  readonly runtime: ManualRuntime;
  readonly features: readonly Requirement[];
  /** Whether the backend takes back lapsed leases at times of its own. */
  readonly isStored: boolean;
  /** Whether each context gives the oldest event its turns, and not the store. */
  readonly hasOwnTurns: boolean;
  /** Whether the contexts have schemas and a codec. */
  readonly isDecorated: boolean;
  readonly partitions: PartitionsUnderTest | undefined;
  /** The storage without a partition, and its partitions. Of broadcast: the members. */
  readonly places: Map<number, Place>;
  open(place: number): Context[];
  lastN: number;
}

/** One storage with its model, and with what a run has received from it. */
export class Place {
  readonly model = new Model();
  readonly handed: Handed[] = [];
  /** Reports that the model has not followed yet. */
  readonly reports: { readonly report: ObserverEvent; readonly at: number }[] = [];
  /** The ids of what was published. */
  readonly ids: string[] = [];
  readonly contexts: readonly Context[];
  hasCancelled = false;

  readonly world: World;
  readonly index: number;

  constructor(world: World, index: number) {
    this.world = world;
    this.index = index;
    this.model.now = world.runtime.now();
    this.contexts = world.open(index);
    // Contexts that share a memory share its reports.
    const seen = new Set<ObserverEvent>();
    for (const { full } of this.contexts)
      full.observe((report) => {
        if (!seen.has(report)) this.reports.push({ report, at: world.runtime.now() });
        seen.add(report);
      });
  }

  has(feature: Requirement): boolean {
    return this.world.features.includes(feature);
  }

  context(index: number): Context {
    return this.contexts[index % this.contexts.length] as Context;
  }

  backend(index: number): Backend {
    return this.context(index).full;
  }

  isThere(queue: string): boolean {
    return !queue.includes('@') || this.model.queues.includes(queue);
  }

  /** Whether the backend may take back a lease of the queue at any time, so that an answer about it cannot be known. */
  mayChange(queue: string): boolean {
    const { model, world } = this;
    return world.isStored && model.of(queue).some((e) => model.isLapsed(e));
  }

  eventOf({ queue, n }: Handed): ModelEvent | undefined {
    return this.model.find(queue, n);
  }

  /**
   * Brings the model to the time of the clock, and to what the backend has done of its own accord. In a database the next claim of
   * a queue lets events go that others held back. `claims`: the queues of which there was one.
   */
  follow(claims: readonly string[] = []): void {
    const { model, world } = this;
    const letGo = () => {
      if (!world.isStored) model.letGo();
      else for (const queue of claims) model.letGo(queue);
    };
    letGo();
    for (const { report, at } of this.reports.splice(0)) {
      model.now = at;
      this.#followReport(report);
      letGo();
    }
    model.now = world.runtime.now();
  }

  /** A server that counts deliveries makes a dead letter of an event that this claim permits fewer of than the last one. */
  #exhaust(queue: string, eventId: string): void {
    if (this.has('place')) return;
    const isIt = (e: ModelEvent) => e.id === eventId && e.state === 'waiting';
    const e = this.model.of(queue).find(isIt);
    if (e) this.model.die(e, 'attempts-exhausted');
  }

  #followReport(report: ObserverEvent): void {
    const { model } = this;
    if (report.type === 'lease-lost')
      model.lose(report.channel, report.eventId, Number(report.lease));
    if (report.type !== 'dead-lettered') return;
    const { channel, eventId, reason } = report;
    // Another context has taken the lease over. The one that held it reports so when it looks again.
    const lapsed = model.of(channel).find((e) => e.id === eventId && model.isLapsed(e));
    if (lapsed) model.lose(channel, eventId, lapsed.held?.lease);
    if (reason === 'attempts-exhausted') this.#exhaust(channel, eventId);
    else if (reason !== 'rejected') model.bury(channel, eventId, reason);
  }
}

/** The name of the partition that is a place. */
export const partitionOf = (index: number) => `p${index}`;

export function placeOf(world: World, index: number): Place {
  const isOne = !world.partitions && !world.features.includes('publishConfirmed');
  const at = isOne ? 0 : index;
  const place = world.places.get(at) ?? new Place(world, at);
  world.places.set(at, place);
  return place;
}

export type Step = fc.AsyncCommand<object, World>;

/** A command with what its backend must have for it. */
export interface Drawn {
  readonly requires: readonly Requirement[];
  readonly steps: fc.Arbitrary<Step>;
}

export function command<Args>(
  name: string,
  requires: readonly Requirement[],
  args: fc.Arbitrary<Args>,
  run: (args: Args, at: Place) => Promise<void>,
): Drawn {
  const place = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 2 }));
  const steps = fc.tuple(args, place).map(([given, index]) => ({
    check: () => true,
    run(_: object, world: World) {
      const at = placeOf(world, index);
      at.follow();
      return run(given, at);
    },
    toString: () => `${name}(${fc.stringify(given)}${index > 0 ? `, place ${index}` : ''})`,
  }));
  return { requires, steps };
}

export const CHANNELS = ['a', 'b'] as const;
export const KEYS = ['k', 'l'] as const;
export const channel = fc.constantFrom(...CHANNELS);
export const group = fc.constantFrom('g', 'h');
/** A channel, or the queue of a group. */
export const queue = fc
  .tuple(channel, fc.option(group, { freq: 2 }))
  .map(([name, of]) => (of === null ? name : `${name}@${of}`));
export const context = fc.nat(1);
/** Which item of a list, counted from its end. */
export const pick = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.nat(30));

/** Undefined in three of four cases. */
export function sometimes<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  const absent = fc.constant<T | undefined>(undefined);
  return fc.oneof({ weight: 3, arbitrary: absent }, { weight: 1, arbitrary: value });
}

export function fromEnd<T>(items: readonly T[], index: number): T | undefined {
  return items[items.length - 1 - (index % Math.max(1, items.length))];
}

export function statsOf(m: Model, queue: string): Record<State, number> {
  const count = (state: State) => m.inState(queue, state).length;
  const [ready, scheduled] = [count('ready'), count('scheduled')];
  return { ready, scheduled, leased: count('leased'), dead: count('dead') };
}

/** The number of an event. One that does not decode has it in its id. */
export function numberOf(event: { readonly payload?: unknown; readonly eventId: string }): number {
  const { payload = event.eventId } = event;
  return Number(/\d+$/.exec(String(payload))?.[0]);
}
