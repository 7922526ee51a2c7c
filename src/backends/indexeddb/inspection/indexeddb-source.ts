import type { ChannelStats } from '../../../core/events/message.ts';
import { CHANNEL_NAME } from '../../../core/options/channel-name.ts';
import type {
  BrowsedPage,
  ChannelCounts,
  ChannelsPage,
} from '../../../core/protocols/browsed-page.ts';
import {
  type BrowseCursor,
  cursorOfText,
  firstCursor,
  type Place,
  textOfCursor,
} from '../../../queue/browse-cursor.ts';
import { browsedLetter } from '../../../queue/browsed-letter.ts';
import type { BrowseRequest, InspectionSource } from '../../../queue/inspection-source.ts';
import type { ChangeWatch } from '../../../queue/notifier.ts';
import type { HintNotifier } from '../hints/hint-notifier.ts';
import { ofQueue } from '../scanning/claim-table.ts';
import { availableAtOf, BLOCKED_AT, dueUntil, heldAt, PARKED_AT } from '../schema/schema.ts';
import { browseFresh } from './browse-fresh.ts';
import { browseLeased } from './browse-leased.ts';
import { browseDeadLetters } from './browse-rows.ts';
import { browseWaiting } from './browse-waiting.ts';
import { type Browse, eventsPerRead, type FoundEvent } from './browsed-event.ts';
import type { StatsCounter } from './channel-stats.ts';
import { browseAcknowledged } from './read-results.ts';

export interface IndexedDbSourceParts {
  readonly counter: StatsCounter;
  readonly notifier: HintNotifier;
  readonly now: () => number;
  /** The own name of a queue. */
  readonly queueOf: (name: string) => Promise<string>;
}

/** The indexes and stores whose keys begin with a queue, so that every queue that holds something has a key in one of them. */
const KEYS_OF_QUEUES = [
  ['epochs'],
  ['returned'],
  ['segments', 'fresh'],
  ['dead', 'queue'],
  ['aside', 'queue'],
] as const;

/**
 * Reads the events of an IndexedDB store, in short read-only transactions that no other context waits for. Between two of them
 * other contexts may change the queue. So events are read in an order that no change of others alters, see `Place`.
 */
export class IndexedDbSource implements InspectionSource {
  readonly #parts: IndexedDbSourceParts;

  constructor(parts: IndexedDbSourceParts) {
    this.#parts = parts;
  }

  async browse(given: BrowseRequest): Promise<BrowsedPage> {
    const { state, limit, after } = given;
    const request = { ...given, channel: await this.#parts.queueOf(given.channel) };
    const { connection } = this.#parts.counter;
    const from = cursorOfText(state, after) ?? (await this.#firstCursor(request));
    const found: FoundEvent[] = [];
    for await (const one of eventsOf({ connection, request, from })) {
      found.push(one);
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit);
    const events = shown.map(({ event }) => event);
    const place = shown.at(-1)?.place;
    if (found.length <= limit || !place) return { events };
    return { events, after: textOfCursor(state, { ...from, place }) };
  }

  /** Reads at most `limit` queues. Those without an event are left out. */
  async channels(limit: number, after: string): Promise<ChannelsPage> {
    const { counter, now } = this.#parts;
    const channels: ChannelCounts[] = [];
    let last = after;
    for (let count = 0; count < limit; count += 1) {
      const channel = await this.#nextQueue(last);
      if (channel === undefined) return { channels };
      last = channel;
      if (!CHANNEL_NAME.test(channel)) continue;
      const stats = await counter.stats(channel, now());
      if (Object.values(stats).some((sum) => sum > 0)) channels.push({ channel, stats });
    }
    return (await this.#nextQueue(last)) === undefined ? { channels } : { channels, after: last };
  }

  async stats(channel: string): Promise<ChannelStats> {
    const { counter, now, queueOf } = this.#parts;
    return counter.stats(await queueOf(channel), now());
  }

  async nextDueAt(channel: string): Promise<number | null> {
    const { counter, now, queueOf } = this.#parts;
    const queue = await queueOf(channel);
    const at = now();
    const { later, held } = await counter.connection.read(['returned'], (tx) => {
      const first = (from: number, to: number) =>
        tx.objectStore('returned').getKey(IDBKeyRange.bound([queue, from, []], [queue, to]));
      return { later: first(dueUntil(at), PARKED_AT), held: first(heldAt(at), BLOCKED_AT) };
    });
    const dueAt = Math.min(dueAtOf(later.result), availableAtOf(dueAtOf(held.result)));
    return Number.isFinite(dueAt) ? dueAt : null;
  }

  watch(channel: string, onChange: () => void): ChangeWatch {
    return this.#parts.notifier.watch(channel, onChange);
  }

  /** The order of the last event that is stored now. */
  async #firstCursor({ state, channel }: BrowseRequest): Promise<BrowseCursor> {
    const [store, index] =
      state === 'dead' ? (['dead', 'queue'] as const) : (['segments', 'fresh'] as const);
    const { counter, now } = this.#parts;
    const since = now();
    const { newest, last } = await counter.connection.read([store, 'epochs'], (tx) => ({
      newest: tx.objectStore('epochs').openCursor(ofQueue(channel), 'prev'),
      last: tx.objectStore(store).index(index).openKeyCursor(ofQueue(channel), 'prev'),
    }));
    // In a channel with groups, the plain queue has the events that were copied.
    if (newest.result?.value.copiedSeq !== undefined) await counter.catchUp(channel);
    return firstCursor(since, (last.result?.primaryKey as number | undefined) ?? 0);
  }

  /** The first queue after a name that has a row. */
  async #nextQueue(after: string): Promise<string | undefined> {
    const later = IDBKeyRange.bound([after, []], [[]], true, true);
    const stores = KEYS_OF_QUEUES.map(([store]) => store);
    const found = await this.#parts.counter.connection.read(stores, (tx) =>
      KEYS_OF_QUEUES.map(([name, index]) => {
        const store = tx.objectStore(name);
        return (index ? store.index(index) : store).openKeyCursor(later);
      }),
    );
    const names = found.flatMap(({ result }) => {
      const [name] = (result?.key ?? []) as readonly unknown[];
      return typeof name === 'string' ? [name] : [];
    });
    return names.sort()[0];
  }
}

function dueAtOf(key: IDBValidKey | undefined): number {
  return Array.isArray(key) ? (key[1] as number) : Number.POSITIVE_INFINITY;
}

async function* eventsOf(browse: Browse): AsyncGenerator<FoundEvent> {
  const { state } = browse.request;
  switch (state) {
    case 'ready':
      if (browse.from.place[0] < 1) yield* browseWaiting(browse);
      yield* browseFresh(browse);
      break;
    case 'scheduled':
      yield* browseWaiting(browse);
      break;
    case 'leased':
      yield* browseLeased(browse);
      break;
    case 'dead':
      yield* browseDead(browse);
      break;
    case 'acknowledged':
      yield* browseAcknowledged(browse);
      break;
    default:
      state satisfies never;
  }
}

async function* browseDead({ connection, request, from }: Browse): AsyncGenerator<FoundEvent> {
  const count = eventsPerRead(request);
  for (let [, , last] = from.place; ; ) {
    const letters = await browseDeadLetters(connection, request.channel, count, last);
    for (const letter of letters) {
      last = Number(letter.cursor);
      if (last > from.until) return;
      const place: Place = [0, 0, last, 0];
      yield { place, event: browsedLetter(letter, request.payload) };
    }
    if (letters.length < count) return;
  }
}
