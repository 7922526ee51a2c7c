export type {
  BrowsedEvent,
  BrowsedPage,
  BrowseOptions,
  ChannelCounts,
  ChannelsOptions,
  ChannelsPage,
  EventState,
} from './core/browsed-page.ts';
export { browse } from './inspection/browse.ts';
export { channels } from './inspection/channels.ts';
export type { AnswerOf, Inspectable, SchemaOf } from './inspection/inspectable.ts';
export { stats } from './inspection/stats.ts';
export type { StatsSnapshot } from './inspection/stats-watch.ts';
export { type StatsStore, watchStats } from './inspection/watch-stats.ts';
