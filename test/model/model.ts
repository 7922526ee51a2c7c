import type { DeadReason, Settlement } from 'ackline';
import type { Claim, Command, Draft, ModelEvent, Outcome, State, Terms } from './model-event.ts';

/** What a store of events promises. Where it may choose, as when it takes a lapsed lease back, the model follows its reports. */

export const channelOf = (queue: string): string => queue.split('@')[0] as string;
export const lineOf = (e: { queue: string; key?: string | undefined }) => `${e.queue} ${e.key}`;
const FOREVER = Number.POSITIVE_INFINITY;
/** One of so many places goes to the oldest event, whatever its priority. */
const AGED_EVERY = 4;

export class Model {
  now = 0;
  lastOrder = 0;
  /** In commit order. */
  events: ModelEvent[] = [];
  /** The queues that get what is published. */
  queues: string[] = ['a', 'b'];
  /** By channel and id, the end of its window. By queue and id, its result. By queue, places that the oldest event did not get. */
  readonly ids = new Map<string, number>();
  readonly results = new Map<string, Outcome>();
  readonly skipped = new Map<string, number>();
  /** The {@link lineOf} of each key that a dead letter blocks. */
  readonly blocked = new Set<string>();

  of = (queue: string) => this.events.filter((e) => e.queue === queue);
  find = (queue: string, n: number) => this.of(queue).find((e) => e.n === n);
  isLapsed = ({ state, held }: ModelEvent) => state === 'leased' && Number(held?.until) <= this.now;
  isHeld(e: ModelEvent): boolean {
    if (e.after !== undefined) return !e.outcome;
    const isFirst = (one: ModelEvent) => one.state === 'dead' || one.order >= e.order;
    const isFree = this.events.every((one) => lineOf(one) !== lineOf(e) || isFirst(one));
    return e.key !== undefined && (this.blocked.has(lineOf(e)) || !isFree);
  }
  /** Why a claim makes a dead letter of the event instead of delivering it. */
  burialOf(e: ModelEvent): DeadReason | undefined {
    if (e.after && e.blocks && e.outcome?.state !== 'acknowledged') return 'blocked';
    return e.expiresAt <= this.now ? 'expired' : e.unfit;
  }
  /** What a claim considers, in commit order. */
  open = (queue: string) => this.inState(queue, 'ready').filter((e) => !this.isHeld(e));
  due = (queue: string) => this.open(queue).filter((e) => !this.burialOf(e));

  publish(draft: Draft): void {
    const { channel, id, key, windowMs, replaces } = draft;
    if (windowMs && Number(this.ids.get(`${channel} ${id}`)) > this.now) return;
    if (windowMs) this.ids.set(`${channel} ${id}`, this.now + windowMs);
    for (const queue of this.queues.filter((one) => channelOf(one) === channel)) {
      const isWaiting = (e: ModelEvent) => e.state === 'waiting' && !e.isDelivered;
      for (const e of replaces ? this.of(queue).filter(isWaiting) : [])
        if (lineOf(e) === lineOf({ queue, key })) this.end(e, 'cancelled');
      this.add(draft, queue, 0);
    }
  }
  add(draft: Draft, queue: string, redriven: number): void {
    const order = ++this.lastOrder;
    const e = { ...draft, draft, queue, order, redriven, state: 'waiting', attempts: 0 } as const;
    this.events.push(e);
    this.note(e, 'pending');
  }
  claim(e: ModelEvent, lease: number, { leaseMs, maxAttempts }: Terms): void {
    const held = { lease, until: this.now + leaseMs, maxAttempts };
    Object.assign(e, { state: 'leased', held, attempts: e.attempts + 1, isDelivered: true });
  }
  settle(e: ModelEvent | undefined, lease: number, given: Command): Settlement {
    if (!e || e.state === 'dead') return 'gone';
    if (e.state === 'waiting' || e.held?.lease !== lease) return 'stale';
    if (given.verb === 'ack') this.end(e, 'acknowledged', given.reply);
    else if (given.verb === 'extend') e.held = { ...e.held, until: this.now + given.ms };
    else {
      e.hasFailed ||= given.fails;
      if (given.verb === 'reject') this.die(e, 'rejected');
      else this.wait(e, given.ms, given.postpones);
    }
    return 'ok';
  }
  wait(e: ModelEvent, delayMs = 0, postpones = false): void {
    if (!postpones && e.attempts >= Number(e.held?.maxAttempts))
      return this.die(e, 'attempts-exhausted');
    e.attempts -= Number(postpones);
    e.state = 'waiting';
    e.isRetry = delayMs > 0 && (e.attempts > 0 || e.hasFailed === true);
    if (delayMs > 0) e.dueAt = this.now + delayMs;
  }
  /** The store has reported a lost lease. */
  lose(queue: string, id: string, lease: number | undefined): void {
    const e = this.of(queue).find((one) => one.id === id && one.held?.lease === lease);
    if (e?.state !== 'leased') return;
    if (!this.isLapsed(e)) throw new Error(`lease ${lease} of ${e.n} was lost before its end`);
    this.wait(e);
  }
  /** The store has reported that a claim made a dead letter, or that a publish did for which there was no room. */
  bury(queue: string, id: string, reason: DeadReason): void {
    const isAble = (e: ModelEvent) =>
      this.burialOf(e) === (reason === 'dropped' ? e.unfit : reason);
    const e = this.open(queue).find((one) => one.id === id && isAble(one));
    if (!e) throw new Error(`${id} of ${queue} was ${reason}, but should not`);
    e.attempts += Number(reason === e.unfit);
    this.skipped.delete(queue);
    this.die(e, reason);
  }
  die(e: ModelEvent, reason: DeadReason): void {
    if (e.blocks && e.key !== undefined) this.blocked.add(lineOf(e));
    this.note(e, 'dead');
    Object.assign(e, { state: 'dead', reason });
  }
  end(e: ModelEvent, state: Outcome['state'], reply?: number): void {
    this.note(e, state, reply);
    this.forget([e]);
  }
  note({ queue, id, retentionMs }: ModelEvent, state: Outcome['state'], reply?: number): void {
    const until = state === 'pending' ? FOREVER : this.now + Number(retentionMs);
    if (retentionMs) this.results.set(`${queue} ${id}`, { state, reply, until });
  }
  forget(events: readonly ModelEvent[]): void {
    this.events = this.events.filter((e) => !events.includes(e));
  }
  outcomeOf(queue: string, id: string): Outcome {
    const kept = this.results.get(`${queue} ${id}`);
    return kept && kept.until > this.now ? kept : { state: 'unknown', until: FOREVER };
  }
  /** Gives its outcome to each event of the queue, or of all, that waits for one which has ended. */
  letGo(queue?: string): void {
    for (const e of queue === undefined ? this.events : this.of(queue)) {
      const outcome = e.after !== undefined && this.outcomeOf(e.queue, e.after);
      if (outcome && outcome.state !== 'pending' && e.state === 'waiting') e.outcome ??= outcome;
    }
  }
  inState(queue: string, state: State): ModelEvent[] {
    const isLater = (e: ModelEvent) => (e.dueAt > this.now ? 'scheduled' : 'ready');
    return this.of(queue).filter((e) => (e.state === 'waiting' ? isLater(e) : e.state) === state);
  }
  redrive(letters: readonly ModelEvent[]): void {
    this.forget(letters);
    for (const { draft, queue, redriven } of letters)
      this.add({ ...draft, dueAt: this.now, expiresAt: FOREVER }, queue, redriven + 1);
  }
  cancel(e: ModelEvent | undefined): Settlement {
    if (e?.state === 'waiting') this.end(e, 'cancelled');
    return e?.state === 'waiting' ? 'ok' : e?.state === 'leased' ? 'stale' : 'gone';
  }
  retryNow(queue: string): number {
    const retried = this.inState(queue, 'scheduled').filter((e) => e.isRetry);
    for (const e of retried) e.dueAt = this.now;
    return retried.length;
  }
  createGroup(queue: string, hasPlain: boolean): boolean {
    if (this.queues.includes(queue)) return false;
    this.queues = this.queues.filter((one) => hasPlain || one !== channelOf(queue)).concat(queue);
    return true;
  }
  deleteGroup(queue: string): boolean {
    const isThere = this.queues.includes(queue);
    this.queues = this.queues.filter((one) => one !== queue);
    const isOther = (one: string) => channelOf(one) !== channelOf(queue);
    if (this.queues.every(isOther)) this.queues.push(channelOf(queue));
    this.forget(this.of(queue));
    for (const all of [this.blocked, this.results, this.skipped])
      for (const name of all.keys()) if (name.split(' ')[0] === queue) all.delete(name);
    return isThere;
  }
  /** What is wrong with the events that a claim delivers. */
  faultOf(queue: string, taken: readonly number[], claim: Claim): string | undefined {
    const { limit, buried, isLoose } = claim;
    const due = this.due(queue);
    const got = due.filter(({ n }) => taken.includes(n));
    const left = due.filter((e) => !got.includes(e));
    const isKind = (a: ModelEvent, b: ModelEvent) =>
      a.priority === b.priority && !a.isRetry === !b.isRetry;
    const inOrder = got.toSorted((a, b) => b.priority - a.priority || a.order - b.order);
    const mayBeAged = Math.ceil((limit + buried) / AGED_EVERY);
    const aged = got.filter((b) => left.some((a) => a.priority > b.priority));
    const isFair = (a: ModelEvent) => {
      const level = got.filter((b) => b.priority === a.priority);
      const half = Math.floor((level.length - mayBeAged - buried) / 2);
      return level.filter((b) => isKind(a, b)).length >= half;
    };
    const isOldestLeft = due[0] !== undefined && left.includes(due[0]);
    const added = new Set(due.map((e) => e.priority)).size > 1 ? taken.length : 0;
    const skipped = isOldestLeft ? Number(this.skipped.get(queue) ?? 0) + added : 0;
    this.skipped.set(queue, skipped);
    const isFull = got.length === Math.min(limit, due.length) || (isLoose && got.length > 0);
    const rules: Record<string, boolean> = {
      'only what is due': got.length === taken.length,
      'as many as asked for': isFull,
      'by priority, then in commit order': `${inOrder.map(({ n }) => n)}` === `${taken}`,
      'none before an older one of its kind': got.every(
        (b) => !left.some((a) => isKind(a, b) && a.order < b.order),
      ),
      'one of four places at most for age': aged.length <= mayBeAged,
      'for age only the oldest': aged.every((b) => !left.some((a) => a.order < b.order)),
      'half for retries, half for others': left.every(isFair),
      'one of four places for the oldest': buried > 0 || skipped < AGED_EVERY,
    };
    const promised = Object.entries(rules).slice(0, claim.promises);
    const broken = promised.flatMap(([rule, holds]) => (holds ? [] : rule));
    return broken.length === 0 ? undefined : `${broken.join('; ')}. Due: ${due.map(({ n }) => n)}`;
  }
}
