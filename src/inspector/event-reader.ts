import type { DeadLetter } from '../core/events/message.ts';
import type { BrowsedEvent, BrowsedPage, EventState } from '../core/protocols/browsed-page.ts';
import type { InspectedSource } from './inspected-source.ts';

/** Reads the events that follow a cursor, without their payloads. */
export type ReadPage = (limit: number, after: string | undefined) => Promise<BrowsedPage>;

/** What a list shows. `group`: of one group, instead of the plain queue. Only dead letters of groups can be listed. */
export interface Listed {
  readonly channel: string;
  readonly state: EventState;
  readonly group?: string | undefined;
}

export interface EventReader {
  readonly read: ReadPage;
  readonly skip: number;
  /**
   * One event with its payload. `before`: a cursor after which it follows within a page. Undefined if it is not there any more.
   */
  readonly readOne: (
    eventId: string,
    before: string | undefined,
  ) => Promise<BrowsedEvent | undefined>;
}

type ReadPart = (
  limit: number,
  after: string | undefined,
  payload: boolean,
) => Promise<BrowsedPage>;

/** Within which the position of an event is searched for. */
const PAGE = 100;
/** Large pages cost time, small ones cost reads. A dead letter is always read with its payload. */
const SKIP = 5_000;
const SKIP_LETTERS = 500;

/** Whether the events of a state can be listed. */
export function canList(
  source: InspectedSource,
  { state, group }: Omit<Listed, 'channel'>,
): boolean {
  if (state === 'dead' && source.can('deadLetters')) return true;
  if (group !== undefined) return false;
  return source.can('browse') && (state !== 'acknowledged' || source.can('retentionMs'));
}

export function eventReader(source: InspectedSource, listed: Listed): EventReader {
  const { channel, state, group } = listed;
  const isBrowsed = group === undefined && source.can('browse');
  const part: ReadPart = isBrowsed
    ? (limit, after, payload) => source.browse(channel, { state, limit, after, payload })
    : (limit, after, payload) => readLetters(source, listed, { limit, after, payload });
  return {
    read: (limit, after) => part(limit, after, false),
    skip: isBrowsed ? SKIP : SKIP_LETTERS,
    readOne: async (eventId, before) => {
      const { events } = await part(PAGE, before, false);
      const at = events.findIndex((event) => event.eventId === eventId);
      if (at < 0) return undefined;
      const from = at === 0 ? before : (await part(at, before, false)).after;
      // Only this payload is copied: a page of payloads may have 100 MiB.
      const [found] = (await part(1, from, true)).events;
      return found?.eventId === eventId ? found : undefined;
    },
  };
}

async function readLetters(
  source: InspectedSource,
  { channel, group }: Listed,
  { limit, after, payload }: { limit: number; after: string | undefined; payload: boolean },
): Promise<BrowsedPage> {
  const options = {
    limit,
    ...(after !== undefined && { after }),
    ...(group !== undefined && { group }),
  };
  const letters = await source.verbs.deadLetters(channel, options);
  const events = letters.map((letter) => browsed(letter, payload));
  const cursor = letters.length < limit ? undefined : letters.at(-1)?.cursor;
  return cursor === undefined ? { events } : { events, after: cursor };
}

function browsed({ payload, ...letter }: DeadLetter, isAsked: boolean): BrowsedEvent {
  return { ...letter, state: 'dead', ...(isAsked && { payload }) };
}
