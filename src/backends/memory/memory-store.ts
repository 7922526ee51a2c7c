import { ByEventId } from '../../core/events/by-event-id.ts';
import type { KeptResult } from '../../core/events/event-result.ts';
import { checkFencingToken } from '../../core/events/fencing-token.ts';
import {
  type Death,
  expire,
  type Leased,
  type Outcome,
  settle,
} from '../../core/events/lifecycle.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventMessage,
  Settlement,
} from '../../core/events/message.ts';
import { DEFAULT_MAX_DEAD_LETTERS } from '../../core/options/options.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import { Tagged } from '../../core/runtime/tagged.ts';
import { checkBacklogs } from '../../queue/backlog-limits.ts';
import { deadLetterOf, messageOf } from '../../queue/event-shapes.ts';
import type {
  Claim,
  ClaimRequest,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
  SharedStore,
  SyncEventStore,
} from '../../queue/event-store.ts';
import type { Isolation } from '../../queue/isolation.ts';
import { LocalNotifier, type Notifier } from '../../queue/notifier.ts';
import { deathOf, leaseOf, stateOf } from './event-state.ts';
import { ExpiryCheck } from './expiry-check.ts';
import type { StoredEvent } from './lane.ts';
import { Lanes } from './lanes.ts';
import { letGo } from './let-go.ts';
import { moveLetters } from './move-letters.ts';
import { OnlineWatch } from './online-watch.ts';
import { deathReport, Reports } from './reports.ts';
import { withOwnReply } from './results.ts';

/**
 * Keeps events in the memory of this context. It is the reference for every other store. Claim, settle and append cost
 * O(log n) at any backlog. Invariant: `delivered` holds exactly the events of all lanes that were delivered at least once,
 * because no other event can be settled.
 */
export class MemoryStore extends Tagged implements SyncEventStore, SharedStore {
  readonly runtime: Runtime;
  readonly isolation: Isolation;
  readonly #maxDeadLetters: number;
  readonly notifier: Notifier;
  readonly delivered: ByEventId<StoredEvent> = new ByEventId(({ event }) => event.channel);
  readonly lanes: Lanes = new Lanes();
  readonly #reports = new Reports(() => {
    for (const part of [this.#online, this.#expiry]) part.stop();
  });
  readonly report: Reports['report'] = (event) => this.#reports.report(event);
  /** Runs while an event may wait for the network and the store has an observer. Each backend that has claimed observes it. */
  readonly #online: OnlineWatch = new OnlineWatch(() => {
    this.notifier.notify([...this.lanes.keys()].filter((one) => this.retryNow(one, 'offline') > 0));
  });
  readonly #expiry: ExpiryCheck;
  lastOrder = 0;
  #lastLease = 0;

  constructor(
    runtime: Runtime,
    maxDeadLetters: number = DEFAULT_MAX_DEAD_LETTERS,
    isolation: Isolation = 'clone',
    notifier: Notifier = new LocalNotifier(),
  ) {
    super();
    this.notifier = notifier;
    this.runtime = runtime;
    this.isolation = isolation;
    this.#maxDeadLetters = maxDeadLetters;
    this.#expiry = new ExpiryCheck(runtime, (until) => this.#takeBackAll(until));
  }

  append(events: readonly NewEvent[]): void {
    checkBacklogs(events, this);
    for (const event of events)
      for (const copy of this.lanes.copiesOf(event, this.runtime)) this.put(copy);
    letGo(this, events);
  }

  claim({ channel, limit, leaseMs, maxAttempts }: ClaimRequest): Claim {
    const now = this.#now();
    this.#expireLeases(channel, now);
    const messages: EventMessage[] = [];
    for (let hasBuried = true; hasBuried && messages.length === 0; ) {
      // In each round: what was buried may have let others go, and observers may have emptied the lane and published to a new one.
      const lane = this.lanes.of(channel);
      const { due, buried } = lane.takeDue(limit, now);
      for (const stored of due) {
        const leased = lane.lease(stored, { lease: ++this.#lastLease, leaseMs, maxAttempts }, now);
        this.delivered.set(stored.event.eventId, stored);
        messages.push(messageOf(stored.event, leased, this.isolation));
      }
      for (const stored of buried) this.#bury(stored, deathOf(stored, now));
      hasBuried = buried.length > 0;
    }
    if (messages.length > 0) this.#expiry.start();
    return { messages, nextDueAt: messages.length > 0 ? null : this.lanes.nextDueAt(channel) };
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return requests.map((request) => this.#settle(request));
  }

  retryNow(channel: string, reason?: 'offline'): number {
    return this.lanes.of(channel).retryNow(this.#now(), reason);
  }

  stats(channel: string): ChannelStats {
    return this.lanes.of(channel).stats(this.#now());
  }

  deadLetters(channel: string, limit: number, after?: number): DeadLetter[] {
    return this.lanes.of(channel).dead.page(limit, after, this.isolation);
  }

  moveLetters(step: LetterStep): LetterStepResult {
    return moveLetters(this, step);
  }

  cancel(channel: string, eventId: string): Settlement {
    const waiting = this.lanes.of(channel).removeWaiting(eventId);
    if (!waiting) return this.delivered.get(eventId, channel) ? 'stale' : 'gone';
    this.delivered.remove(eventId, waiting);
    this.#withdraw(waiting.event, 'cancelled');
    return 'ok';
  }

  results(channel: string, eventIds: readonly string[]): (KeptResult | undefined)[] {
    return this.lanes.of(channel).results.read(eventIds, this.#now(), this.isolation);
  }

  blockedKeys(channel: string): string[] {
    return this.lanes.of(channel).held.keys.blocked;
  }

  releaseKey(channel: string, key: string): boolean {
    return this.lanes.release(channel, key);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    return this.#reports.observe(report);
  }

  close(): void {
    // Nothing to release. Backends may share a store, and the garbage collector frees it.
  }

  /** The time of the clock. If the clock was set back, the due times and leases of all stored events are moved first. */
  #now(): number {
    return this.lanes.followClock(this.runtime.now());
  }

  put(event: NewEvent): void {
    const { channel, delayMs = 0 } = event;
    const lane = this.lanes.use(channel);
    const replaced = event.replaces ? lane.takeUndelivered(event.key, this.delivered) : [];
    lane.add(event, ++this.lastOrder, delayMs > 0 ? this.#now() : undefined);
    for (const stored of replaced) this.#withdraw(stored.event, 'replaced');
  }

  #withdraw(event: NewEvent, type: 'cancelled' | 'replaced'): void {
    const { channel, eventId } = event;
    this.lanes.of(channel).results.cancel(event, ++this.lastOrder, this.#now());
    this.#noteEnd(event);
    this.report({ type, channel, eventId });
  }

  #settle({ eventId, lease, channel, command }: SettleRequest): Settlement {
    const now = this.#now();
    const stored = this.delivered.get(eventId, channel);
    const held = stored && leaseOf(stored);
    const settlement = checkFencingToken(stored && (held ?? 'waiting'), lease);
    if (settlement !== 'ok' || !stored || !held) return settlement;
    const outcome = settle(held, withOwnReply(command, stored.event, this.isolation), now);
    stored.lane.leased.remove(stored);
    stored.since = now;
    this.#place(stored, outcome);
    if (outcome.state === 'scheduled' && outcome.lastError?.reason) this.#online.start();
    return 'ok';
  }

  /** Reports after every event is in its place, because an observer may publish, claim and settle. */
  #expireLeases(channel: string, now: number): void {
    const { leased } = this.lanes.of(channel);
    const lost: ObserverEvent[] = [];
    for (let stored = leased.takeUpTo(now); stored; stored = leased.takeUpTo(now)) {
      const held = stored.state as Leased;
      lost.push({ type: 'lease-lost', channel, eventId: stored.event.eventId, lease: held.lease });
      this.#place(stored, expire(held, now));
    }
    for (const event of lost) this.report(event);
  }

  /** Takes back the leases of all channels that had expired at `until`. Returns whether others are held. */
  #takeBackAll(until: number): boolean {
    this.#now();
    for (const channel of this.lanes.keys()) this.#expireLeases(channel, until);
    return [...this.lanes.values()].some(({ leased }) => leased.size > 0);
  }

  /** Puts an event, which is in no heap and no queue of its lane, in the place that `outcome` requires. */
  #place(stored: StoredEvent, outcome: Outcome): void {
    const { lane } = stored;
    switch (outcome.state) {
      case 'leased':
        stored.state = { ...stateOf(stored), leaseExpiresAt: outcome.leaseExpiresAt };
        return lane.leased.add(stored);
      case 'ready':
      case 'scheduled': {
        const { state, ...waiting } = outcome;
        stored.state = waiting;
        return state === 'ready' ? lane.return(stored) : lane.scheduled.add(stored);
      }
      case 'acknowledged':
        this.delivered.remove(stored.event.eventId, stored);
        lane.end(stored);
        lane.results.acknowledge(stored, outcome.reply, ++this.lastOrder);
        return this.#noteEnd(stored.event);
      case 'dead':
        lane.end(stored, true);
        return this.#bury(stored, outcome);
      default:
        return outcome satisfies never;
    }
  }

  #bury(stored: StoredEvent, death: Death): void {
    const { event, lane } = stored;
    this.delivered.remove(event.eventId, stored);
    lane.dead.add(++this.lastOrder, deadLetterOf(event, death));
    lane.results.die(event, death, this.lastOrder);
    this.#noteEnd(event);
    this.report(deathReport(event, death));
    if (lane.dead.dropBeyond(this.#maxDeadLetters))
      this.report({ type: 'dead-letters-dropped', channel: event.channel, count: 1 });
  }

  /** An event has ended. It may have let others go. */
  #noteEnd({ channel, key, eventId, retentionMs }: NewEvent): void {
    const isAwaited = retentionMs && this.lanes.of(channel).letGoAfter(eventId, this.#now());
    if (key !== undefined || isAwaited) this.notifier.notify([channel]);
    this.lanes.dropIfEmpty(channel);
  }
}
