import type { DeadReason, Settlement } from 'ackline';
import { isBlocked, note, type Outcome } from './model-results.ts';

/**
 * What a store of events promises, as plain data and pure functions. Where a store may choose, such as when it takes back a lapsed
 * lease, the model follows what the store has reported. permitted-claim.ts says which events a claim may deliver.
 */

export interface ModelEvent {
  /** The payload. No two publishes share it, and the copies of groups do. */
  readonly n: number;
  readonly id: string;
  readonly queue: string;
  /** The place in commit order. */
  readonly order: number;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly state: 'waiting' | 'leased' | 'dead';
  readonly attempts: number;
  readonly priority: number;
  readonly redriven: number;
  readonly key?: string | undefined;
  /** Whether its death blocks its key, or that of the other event blocks it. */
  readonly blocks?: boolean | undefined;
  /** The id of the event that it waits for, and how that one has ended. */
  readonly after?: string | undefined;
  readonly outcome?: Outcome;
  readonly retentionMs?: number | undefined;
  /** Delivered since it was published or redriven. */
  readonly isDelivered?: boolean;
  readonly hasFailed?: boolean;
  /** Whether its last delay followed a delivery. */
  readonly isRetry?: boolean;
  readonly lease?: number;
  readonly leaseUntil?: number;
  readonly maxAttempts?: number;
  readonly reason?: DeadReason;
}

export interface Model {
  readonly now: number;
  readonly lastOrder: number;
  readonly events: readonly ModelEvent[];
  /** By channel and id, the end of the window. */
  readonly ids: Readonly<Record<string, number>>;
  /** By queue and id, the results that are kept. */
  readonly results: Readonly<Record<string, Outcome>>;
  /** The {@link lineOf} of each key that a dead letter blocks. */
  readonly blocked: readonly string[];
  /** The queues of groups, in the order of their creation. */
  readonly groups: readonly string[];
  /** The channels whose plain queue has ended. */
  readonly ended: readonly string[];
  /** By queue, the places in a row that did not go to the oldest event. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface Command {
  readonly verb: 'ack' | 'nack' | 'reject' | 'extend';
  readonly ms: number;
  readonly fails: boolean;
  readonly postpones: boolean;
}

export function start(now: number): Model {
  const empty = { events: [], blocked: [], groups: [], ended: [] };
  return { now, lastOrder: 0, ids: {}, results: {}, skipped: {}, ...empty };
}

export const lineOf = ({ queue, key }: Pick<ModelEvent, 'queue' | 'key'>) => `${queue} ${key}`;
export const channelOf = (queue: string) => queue.split('@')[0] as string;
export const groupOf = (queue: string) => queue.split('@')[1];
export const of = (m: Model, queue: string) => m.events.filter((e) => e.queue === queue);
export const find = (m: Model, queue: string, n: number) => of(m, queue).find((e) => e.n === n);
export const isLapsed = (m: Model, { state, leaseUntil = 0 }: ModelEvent) =>
  state === 'leased' && leaseUntil <= m.now;

/** Whether an earlier event of its key, a dead one, or the event that it waits for holds the event back. */
function isHeld(m: Model, e: ModelEvent): boolean {
  const isBefore = (one: ModelEvent) =>
    one.state !== 'dead' && one.order < e.order && lineOf(one) === lineOf(e);
  if (e.after !== undefined) return !e.outcome;
  return e.key !== undefined && (m.blocked.includes(lineOf(e)) || m.events.some(isBefore));
}

const isDue = (m: Model, e: ModelEvent) =>
  e.state === 'waiting' && e.dueAt <= m.now && !isHeld(m, e);

const isOver = (m: Model, e: ModelEvent) => e.expiresAt <= m.now || isBlocked(e);

/** The events that a claim may deliver. */
export const dueIn = (m: Model, queue: string) =>
  of(m, queue).filter((e) => isDue(m, e) && !isOver(m, e));

/** The events that a claim which could deliver them buries instead. */
export const overdueIn = (m: Model, queue: string) =>
  of(m, queue).filter((e) => isDue(m, e) && isOver(m, e));

const replace = (m: Model, e: ModelEvent, by: readonly ModelEvent[]): Model => {
  return { ...m, events: m.events.flatMap((one) => (one === e ? by : one)) };
};
const change = (m: Model, e: ModelEvent, to: Partial<ModelEvent>) =>
  replace(m, e, [{ ...e, ...to }]);

function die(m: Model, e: ModelEvent, reason: DeadReason): Model {
  const blocked =
    e.blocks && e.key !== undefined ? [...new Set([...m.blocked, lineOf(e)])] : m.blocked;
  return change({ ...note(m, e, 'dead'), blocked }, e, { state: 'dead', reason });
}

function wait(m: Model, e: ModelEvent, delayMs: number, attempts: number): Model {
  const isRetry = delayMs > 0 && (attempts > 0 || e.hasFailed === true);
  const dueAt = delayMs > 0 ? m.now + delayMs : e.dueAt;
  return change(m, e, { state: 'waiting', attempts, isRetry, dueAt });
}

function giveBack(m: Model, e: ModelEvent, delayMs: number): Model {
  if (e.attempts >= Number(e.maxAttempts)) return die(m, e, 'attempts-exhausted');
  return wait(m, e, delayMs, e.attempts);
}

/** The store has reported a lost lease. */
export function lose(m: Model, queue: string, id: string, lease: number | undefined): Model {
  const isIt = (e: ModelEvent) => e.state === 'leased' && e.id === id && e.lease === lease;
  const e = of(m, queue).find(isIt);
  if (e && !isLapsed(m, e)) throw new Error(`lease ${lease} of ${e.n} was lost before its end`);
  return e ? giveBack(m, e, 0) : m;
}

type Burial = 'expired' | 'blocked' | 'dropped';

/** The store has reported that it made a dead letter of an event which it would have delivered. */
export function bury(m: Model, queue: string, id: string, reason: Burial): Model {
  const able =
    reason === 'dropped'
      ? dueIn(m, queue)
      : overdueIn(m, queue).filter((e) => isBlocked(e) === (reason === 'blocked'));
  const e = able.sort((a, b) => a.order - b.order).find((one) => one.id === id);
  if (!e) throw new Error(`${id} of ${queue} was ${reason}, but should not`);
  // In memory an event that a claim buries may have taken the place of the oldest event.
  return die({ ...m, skipped: { ...m.skipped, [queue]: 0 } }, e, reason);
}

export function claim(
  m: Model,
  queue: string,
  taken: readonly { readonly n: number; readonly lease: number }[],
  terms: { readonly leaseMs: number; readonly maxAttempts: number },
): Model {
  let next = m;
  for (const { n, lease } of taken) {
    const e = find(next, queue, n) as ModelEvent;
    const held = { state: 'leased', lease, leaseUntil: m.now + terms.leaseMs } as const;
    const { maxAttempts } = terms;
    next = change(next, e, { ...held, attempts: e.attempts + 1, maxAttempts, isDelivered: true });
  }
  return next;
}

/** The answer to a settlement, and the model after it. */
export function settle(
  m: Model,
  e: ModelEvent | undefined,
  lease: number,
  { verb, ms, fails, postpones }: Command,
): readonly [Settlement, Model] {
  if (!e || e.state === 'dead') return ['gone', m];
  if (e.state === 'waiting' || e.lease !== lease) return ['stale', m];
  if (verb === 'ack') return ['ok', replace(note(m, e, 'acknowledged', e.n), e, [])];
  if (verb === 'extend') return ['ok', change(m, e, { leaseUntil: m.now + ms })];
  const failed = { ...e, hasFailed: fails || e.hasFailed === true };
  const next = replace(m, e, [failed]);
  if (verb === 'reject') return ['ok', die(next, failed, 'rejected')];
  return ['ok', postpones ? wait(next, failed, ms, e.attempts - 1) : giveBack(next, failed, ms)];
}
