// Covers src/inspection/browse.ts, src/inspection/channels.ts, src/inspection/stats.ts
import {
  type ChannelStats,
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { type BrowsedPage, browse, type ChannelsPage, channels, stats } from 'ackline/inspection';
import { withSchemas } from 'ackline/schema';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

type Schema = { 'order.placed': { readonly total: number }; greeting: string };
type Order = Schema['order.placed'];

const events = new EventChannel<Schema>({ backend: memoryBackend() });
const sync = new SyncEventChannel<Schema>({ backend: syncMemoryBackend() });
const options = { state: 'ready' } as const;

test('browse: the payload has the type of its channel', () => {
  expectTypeOf(browse(events, 'order.placed', options)).toEqualTypeOf<
    Promise<BrowsedPage<Order>>
  >();
  expectTypeOf(browse(sync, 'greeting', options)).toEqualTypeOf<BrowsedPage<string>>();
  expectTypeOf(browse(memoryBackend(), 'any', options)).toEqualTypeOf<Promise<BrowsedPage>>();
  expectTypeOf(browse(syncMemoryBackend(), 'any', options)).toEqualTypeOf<BrowsedPage>();
  const typed = withSchemas(memoryBackend(), { greeting: z.string() });
  expectTypeOf(browse(typed, 'greeting', options)).toEqualTypeOf<Promise<BrowsedPage<string>>>();
  // @ts-expect-error -- a channel that the schema lacks
  browse(events, 'other', options);
  // @ts-expect-error -- a state is required
  browse(events, 'greeting', {});
  // @ts-expect-error -- no state of an event
  browse(events, 'greeting', { state: 'acked' });
  // @ts-expect-error -- neither a channel nor a backend
  browse({}, 'greeting', options);
});

test('channels and stats: promises, except over a synchronous backend', () => {
  expectTypeOf(channels(events)).toEqualTypeOf<Promise<ChannelsPage>>();
  expectTypeOf(channels(sync, { limit: 5 })).toEqualTypeOf<ChannelsPage>();
  expectTypeOf(stats(events)).toEqualTypeOf<Promise<ChannelStats>>();
  expectTypeOf(stats(sync, 'greeting')).toEqualTypeOf<ChannelStats>();
  // @ts-expect-error -- a channel that the schema lacks
  stats(events, 'other');
});
