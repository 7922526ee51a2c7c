import type { AsyncEventBackend, ObserverEvent } from 'ackline';
import type { ManualRuntime, Requirement } from 'ackline/testing';
import fc from 'fast-check';
import { bury, find, isLapsed, lose, type Model, type ModelEvent, of } from './model.ts';
import { letGo } from './model-results.ts';

/** What the commands have in common. */

export type Backend = Required<AsyncEventBackend>;

/** A delivery. Its lease may be stale. */
export interface Handed {
  readonly n: number;
  readonly id: string;
  readonly queue: string;
  readonly lease: number;
  readonly context: Backend;
}

/** The backend under test, with what a run has received from it. */
export interface Real {
  readonly contexts: readonly Backend[];
  readonly runtime: ManualRuntime;
  readonly features: readonly Requirement[];
  /** Whether the backend takes back lapsed leases at times of its own. */
  readonly isStored: boolean;
  readonly handed: Handed[];
  /** Reports that the model has not followed yet. */
  readonly reports: ObserverEvent[];
  /** The ids of what was published. */
  readonly ids: string[];
  /** The channels that have groups, or had some. */
  readonly grouped: Set<string>;
  /** Whether each context gives the oldest event its turns, and not the store. */
  readonly hasOwnTurns: boolean;
  lastN: number;
  hasCancelled: boolean;
}

/** The model that a run has reached. */
export interface Reached {
  model: Model;
}

export type Step = fc.AsyncCommand<Reached, Real>;
type Run<Args> = (args: Args, reached: Reached, real: Real) => Promise<void>;

export function command<Args>(
  name: string,
  args: fc.Arbitrary<Args>,
  run: Run<Args>,
): fc.Arbitrary<Step> {
  return args.map((given) => ({
    check: () => true,
    run(reached, real) {
      follow(reached, real);
      return run(given, reached, real);
    },
    toString: () => `${name}(${fc.stringify(given)})`,
  }));
}

/**
 * Brings the model to the time of the clock, and to what the backend has done of its own accord. In a database the next claim of a
 * queue lets events go that others held back. `claims`: the queues of which there was one.
 */
export function follow(reached: Reached, real: Real, claims: readonly string[] = []): void {
  const { runtime, reports, isStored } = real;
  const release = (m: Model) => (isStored ? claims.reduce(letGo, m) : letGo(m));
  let next: Model = { ...release(reached.model), now: runtime.now() };
  for (const report of reports.splice(0)) next = release(following(next, report));
  reached.model = next;
}

function following(m: Model, report: ObserverEvent): Model {
  if (report.type === 'lease-lost') return lose(m, report.channel, report.eventId, report.lease);
  if (report.type !== 'dead-lettered') return m;
  const { channel, eventId, reason } = report;
  // Another context has taken the lease over. The one that held it reports so when it looks again.
  const lapsed = of(m, channel).find((e) => e.id === eventId && isLapsed(m, e));
  const now = lapsed ? lose(m, channel, eventId, lapsed.lease) : m;
  if (reason !== 'expired' && reason !== 'blocked' && reason !== 'dropped') return now;
  return bury(now, channel, eventId, reason);
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

export function contextOf({ contexts }: Real, index: number): Backend {
  return contexts[index % contexts.length] as Backend;
}

export function fromEnd<T>(items: readonly T[], index: number): T | undefined {
  return items[items.length - 1 - (index % Math.max(1, items.length))];
}

export function isThere(queue: string, { groups }: Model): boolean {
  return !queue.includes('@') || groups.includes(queue);
}

/** Whether the backend may take back a lease of the queue at any time, so that an answer about it cannot be known. */
export function mayChange(queue: string, { model }: Reached, { isStored }: Real): boolean {
  return isStored && of(model, queue).some((e) => isLapsed(model, e));
}

export function eventOf({ queue, n }: Handed, { model }: Reached): ModelEvent | undefined {
  return find(model, queue, n);
}
