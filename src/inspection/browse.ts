import { checkChoice, checkWholeNumber, requireOptions } from '../core/options/options.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import type { BrowsedEvent, BrowsedPage, BrowseOptions } from '../core/protocols/browsed-page.ts';
import { chain } from '../core/runtime/chain.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';
import { namedLetter } from '../schema/named-letter.ts';
import {
  type AnswerOf,
  type Inspectable,
  inspect,
  inspectedQueue,
  type SchemaOf,
} from './inspectable.ts';

const STATES = ['ready', 'scheduled', 'leased', 'dead', 'acknowledged'];

/**
 * Lists the events of a channel, or of a group of it, that are in one state, a page at a time, without leasing them.
 *
 * The pages of one browse show each event at most once. An event is shown if it is in the state from the first page to the last
 * one. Events that are published, scheduled or rejected after the first page are left out, so that a browse ends. Both hold
 * unless the clock is set back meanwhile.
 *
 * - `ready`: events that return after a nack or a delay, then the others in the order of publishing.
 * - `scheduled`: the next due event first.
 * - `leased`: in the order of publishing.
 * - `dead`: the oldest dead letter first.
 * - `acknowledged`: the event that was acknowledged first, of those published with `retentionMs`.
 *
 * Needs the capability `browse`. Errors: `TypeError` for options out of range; `unsupported`; `no-group`; `closed`; those of the storage.
 *
 * @example
 * const page = await browse(events, 'order.placed', { state: 'scheduled', limit: 50 });
 * const next = await browse(events, 'order.placed', { state: 'scheduled', limit: 50, after: page.after });
 */
export function browse<Target extends Inspectable, C extends ChannelOf<SchemaOf<Target>>>(
  target: Target,
  channel: C,
  options: BrowseOptions,
): AnswerOf<Target, BrowsedPage<SchemaOf<Target>[C]>> {
  const page = inspect(target, 'browse', (source, backend) => {
    requireOptions(options);
    const queue = inspectedQueue(backend, channel, options);
    const { state, limit = 100, after, payload = false } = options;
    checkChoice('state', state, STATES);
    checkWholeNumber('limit', limit, 1);
    checkChoice('payload', payload, [true, false]);
    const found = source.browse({ channel: queue, state, limit, after, payload });
    const page = queue === channel ? found : ofGroup(found, channel, String(options.group));
    const { shown } = Object(partOf(backend, 'inspected')) as Partial<InspectedParts>;
    return withReasons(shown ? decodedPage(page, shown) : page);
  });
  return page as AnswerOf<Target, BrowsedPage<SchemaOf<Target>[C]>>;
}

/** A source knows the names of queues only. */
function ofGroup(
  found: MaybePromise<BrowsedPage>,
  channel: string,
  group: string,
): MaybePromise<BrowsedPage> {
  return chain(found, (page) => {
    return { ...page, events: page.events.map((event) => ({ ...event, channel, group })) };
  }) as MaybePromise<BrowsedPage>;
}

/** The page as a backend with a codec shows it. */
function decodedPage(
  stored: MaybePromise<BrowsedPage>,
  shown: Required<InspectedParts>['shown'],
): MaybePromise<BrowsedPage> {
  return chain(stored, (page) =>
    chain(eachShown(page.events, shown), (events) => ({ ...page, events })),
  ) as MaybePromise<BrowsedPage>;
}

function eachShown(
  stored: readonly BrowsedEvent[],
  shown: Required<InspectedParts>['shown'],
): readonly BrowsedEvent[] | Promise<readonly BrowsedEvent[]> {
  const events = stored.map(shown);
  const isReady = events.every((event) => !isPromiseLike(event));
  return isReady ? (events as BrowsedEvent[]) : Promise.all(events);
}

/** Names dead letters as a backend with schemas does. */
function withReasons(page: MaybePromise<BrowsedPage>): MaybePromise<BrowsedPage> {
  if (isPromiseLike(page)) return page.then(withReasons);
  return { ...page, events: page.events.map(namedLetter) };
}
