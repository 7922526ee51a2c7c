import type { AcknowledgedResult } from '../../core/events/event-result.ts';
import type { ChannelStats, DeadLetter } from '../../core/events/message.ts';
import { groupOfQueue } from '../../core/options/queue-name.ts';
import type {
  BrowsedEvent,
  BrowsedPage,
  ChannelsPage,
  EventState,
} from '../../core/protocols/browsed-page.ts';
import { ignore } from '../../core/runtime/ignore.ts';
import {
  type BrowseCursor,
  comparePlaces,
  cursorOfText,
  firstCursor,
  type Place,
  textOfCursor,
} from '../../queue/browse-cursor.ts';
import { browsedLetter } from '../../queue/browsed-letter.ts';
import type { Fifo } from '../../queue/fifo.ts';
import type { BrowseRequest, InspectionSource } from '../../queue/inspection-source.ts';
import { copyOut, type Isolation } from '../../queue/isolation.ts';
import type { ChangeWatch } from '../../queue/notifier.ts';
import { leaseOf, stateOf } from './event-state.ts';
import { FirstPlaced, type Placed } from './first-placed.ts';
import type { Lane, StoredEvent } from './lane.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Kept } from './results.ts';
import { watchStore } from './watch-store.ts';

/** Reads a store in memory. A page costs time in proportion to the backlog of its channel. */
export class MemorySource implements InspectionSource {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  browse(request: BrowseRequest): BrowsedPage {
    const { channel, state, limit, after } = request;
    const { lanes, lastOrder, runtime } = this.#store;
    const from = cursorOfText(state, after) ?? firstCursor(runtime.now(), lastOrder);
    // Events whose due time has come are ready afterwards.
    this.#store.stats(channel);
    const lane = lanes.get(channel);
    if (!lane) return { events: [] };
    if (state === 'dead') return this.#deadPage(lane, from, request);
    if (state === 'acknowledged') return this.#acknowledgedPage(lane, from, request);
    const later = lane.held.later(runtime.now());
    const found = eventsAfter({ lane, later }, state, from, limit + 1);
    const shown = found.slice(0, limit);
    const events = shown.map(({ stored }) => this.#browsed(stored, request));
    const last = shown.at(-1);
    if (found.length <= limit || !last) return { events };
    return { events, after: textOfCursor(state, { ...from, place: last.place }) };
  }

  channels(limit: number, after: string): ChannelsPage {
    const names = [...this.#store.lanes.keys()]
      .filter((name) => name > after && groupOfQueue(name) === undefined)
      .sort();
    const all = names
      .map((channel) => ({ channel, stats: this.#store.stats(channel) }))
      .filter(({ stats }) => Object.values(stats).some((count) => count > 0));
    const channels = all.slice(0, limit);
    const last = channels.at(-1);
    return all.length > limit && last ? { channels, after: last.channel } : { channels };
  }

  stats(channel: string): ChannelStats {
    return this.#store.stats(channel);
  }

  nextDueAt(channel: string): number | null {
    const { lanes, runtime } = this.#store;
    const lane = lanes.of(channel);
    const held = lane.held.later(runtime.now()).map((stored) => stateOf(stored).availableAt);
    const dueAt = held.reduce((a, b) => Math.min(a, b), lane.scheduled.firstKey);
    return Number.isFinite(dueAt) ? dueAt : null;
  }

  watch(_channel: string, onChange: () => void): ChangeWatch {
    return { next: ignore, stop: watchStore(this.#store, onChange) };
  }

  #deadPage(lane: Lane, from: BrowseCursor, { limit, payload }: BrowseRequest): BrowsedPage {
    const { since, until, place } = from;
    const numberOf = ({ cursor }: DeadLetter) => Number(cursor);
    const letters = lane.dead
      .page(limit + 1, place[2], this.#store.isolation)
      .filter((letter) => numberOf(letter) <= until);
    const shown = letters.slice(0, limit);
    const events = shown.map((letter) => browsedLetter(letter, payload));
    const last = shown.at(-1);
    if (letters.length <= limit || !last) return { events };
    const reached: Place = [0, 0, numberOf(last), 0];
    return { events, after: textOfCursor('dead', { since, until, place: reached }) };
  }

  #acknowledgedPage(
    lane: Lane,
    from: BrowseCursor,
    { limit, payload }: BrowseRequest,
  ): BrowsedPage {
    const { since, until, place } = from;
    const { isolation, runtime } = this.#store;
    const found = lane.results
      .acknowledged(place[2], runtime.now())
      .filter(({ order }) => order <= until);
    const shown = found.slice(0, limit);
    const events = shown.map((kept) => browsedResult(kept, payload, isolation));
    const last = shown.at(-1);
    if (found.length <= limit || !last) return { events };
    const reached: Place = [0, 0, last.order, 0];
    return { events, after: textOfCursor('acknowledged', { since, until, place: reached }) };
  }

  #browsed(stored: StoredEvent, { state, payload: isAsked }: BrowseRequest): BrowsedEvent {
    const { isolation } = this.#store;
    const { eventId, channel, payload, metadata, createdAt } = stored.event;
    const { redriven, ttlMs, key, after, priority = 0 } = stored.event;
    const { attempts, availableAt, lastError } = stateOf(stored);
    const leased = leaseOf(stored);
    return {
      ...{ eventId, channel, state },
      ...(isAsked && { payload: copyOut(payload, isolation) }),
      metadata: metadata && copyOut(metadata, isolation),
      ...{ createdAt, attempts, lastError, availableAt },
      ...(redriven && { redriven }),
      ...(key !== undefined && { key }),
      ...(after && { waitsFor: after.eventId }),
      ...(priority !== 0 && { priority }),
      ...(ttlMs !== undefined && { expiresAt: createdAt + ttlMs }),
      ...(leased && { lease: leased.lease, leaseExpiresAt: leased.leaseExpiresAt, owner: null }),
    };
  }
}

function browsedResult(
  { event, result, until }: Kept,
  isAsked: boolean,
  isolation: Isolation,
): BrowsedEvent {
  const { eventId, channel, payload, metadata, createdAt, redriven, key } = event;
  const { reply, attempts, acknowledgedAt } = result as AcknowledgedResult;
  return {
    ...{ eventId, channel, state: 'acknowledged' },
    ...(isAsked && { payload: copyOut(payload, isolation) }),
    ...(isAsked && reply !== undefined && { reply: copyOut(reply, isolation) }),
    metadata: metadata && copyOut(metadata, isolation),
    ...{ createdAt, attempts, lastError: null, acknowledgedAt, keptUntil: until },
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
  };
}

/** The first `count` events of a state after the cursor, sorted by place. `later`: those that are held back and not yet due. */
function eventsAfter(
  { lane, later }: { readonly lane: Lane; readonly later: readonly StoredEvent[] },
  state: Exclude<EventState, 'dead' | 'acknowledged'>,
  { since, until, place: after }: BrowseCursor,
  count: number,
): readonly Placed[] {
  const first = new FirstPlaced(count);
  const add = (stored: StoredEvent, section: number, dueAt: number) => {
    const place: Place = [section, dueAt, stored.order, 0];
    if (stored.order <= until && comparePlaces(place, after) > 0) first.add({ place, stored });
  };
  const each = (
    events: { find(condition: (stored: StoredEvent) => boolean): unknown },
    visit: (stored: StoredEvent) => unknown,
  ) =>
    events.find((stored) => {
      visit(stored);
      return false;
    });
  switch (state) {
    case 'ready': {
      const { fresh } = lane.due.plain;
      for (const place of lane.due.levels.flatMap(({ places }) => places))
        if (place !== fresh) each(place, (stored) => add(stored, 0, 0));
      for (const stored of lane.held.all()) if (!later.includes(stored)) add(stored, 0, 0);
      // Fresh events come last and are in order, so the first ones after the cursor are enough.
      const from = indexAfter(fresh, after);
      for (let index = from; index < Math.min(fresh.size, from + count); index += 1)
        add(fresh.at(index) as StoredEvent, 1, 0);
      break;
    }
    case 'scheduled':
      // An event that was scheduled again after the first page is left out, because that page may have shown it.
      for (const events of [lane.scheduled, later])
        each(events, (stored) => {
          if ((stored.since ?? since) <= since) add(stored, 0, stateOf(stored).availableAt);
        });
      break;
    case 'leased':
      each(lane.leased, (stored) => add(stored, 0, 0));
      break;
    default:
      state satisfies never;
  }
  return first.sorted();
}

/** The index of the first fresh event after a place, in logarithmic time. */
function indexAfter(fresh: Fifo<StoredEvent>, after: Place): number {
  let [from, to] = [0, fresh.size];
  while (from < to) {
    const middle = (from + to) >> 1;
    const { order } = fresh.at(middle) as StoredEvent;
    if (comparePlaces([1, 0, order, 0], after) > 0) to = middle;
    else from = middle + 1;
  }
  return from;
}
