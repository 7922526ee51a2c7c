import type { AsyncEventBackend, EventMessage } from '../../../src/index.ts';

type FanOutVerbs = 'publishConfirmed' | 'request' | 'members' | 'watchMembers' | 'join';
export type Full = Required<Omit<AsyncEventBackend, FanOutVerbs | 'features'>>;
export type Verbs = Partial<Omit<AsyncEventBackend, 'supportsAsync'>>;

/** The message with other fields. */
export function changed(message: EventMessage | null, fields: object): EventMessage | null {
  return message && Object.freeze({ ...message, ...fields });
}

/** Defects of the verbs for dead letters and of `cancel`, with words from the name of a case that must find it. */
export const LETTER_DEFECTS: Readonly<
  Record<string, readonly [caught: string, (full: Full) => Verbs]>
> = {
  'deadLetters ignores its cursor': [
    'pages follow each other by cursor',
    (full) => ({
      deadLetters: async (channel, limit, after) =>
        after === undefined ? full.deadLetters(channel, limit) : [],
    }),
  ],
  'redrive forgets where the event comes from': [
    'the next dead letter say how the event died',
    (full) => ({
      dequeue: async (...given) => changed(await full.dequeue(...given), { redriven: undefined }),
    }),
  ],
  'redrive takes all, whatever is selected': [
    'takes what its options select',
    (full) => ({ redrive: (channel) => full.redrive(channel) }),
  ],
  'redrive purges': [
    'redrive: puts every dead letter back',
    (full) => ({ redrive: full.purge as Full['redrive'] }),
  ],
  'purge redrives': [
    'purge: deletes every dead letter',
    (full) => ({ purge: full.redrive as Full['purge'] }),
  ],
  'browse ignores its cursor': [
    'pages follow each other in the order of publishing',
    (full) => ({
      browse: (channel, { after, ...options }) => full.browse(channel, options),
    }),
  ],
  'browse always has payloads': [
    'payloads only on demand',
    (full) => ({
      browse: (channel, options) => full.browse(channel, { ...options, payload: true }),
    }),
  ],
  'browse lists scheduled events with the ready ones': [
    'shows each ready event once',
    (full) => ({
      browse: async (channel, options) => {
        const page = await full.browse(channel, options);
        if (options.state !== 'ready' || page.after !== undefined) return page;
        const { events } = await full.browse(channel, { state: 'scheduled' });
        return { events: [...page.events, ...events] };
      },
    }),
  ],
  'watchStats reports nothing': [
    'watchStats: follows',
    () => ({ watchStats: () => () => undefined }),
  ],
  'channels lists the first page alone': [
    'channels: pages follow each other',
    (full) => ({
      channels: async (options) => ({ channels: (await full.channels(options)).channels }),
    }),
  ],
  'cancel does nothing': [
    'cancel: an event that waits is never',
    () => ({ cancel: async () => 'ok' }),
  ],
  'cancel answers gone for a leased event': [
    'answers stale for a leased event',
    (full) => ({
      cancel: async (...given) => ((await full.cancel(...given)) === 'ok' ? 'ok' : 'gone'),
    }),
  ],
};
