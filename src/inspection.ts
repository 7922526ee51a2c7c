export type {
  BrowsedEvent,
  BrowsedPage,
  BrowseOptions,
  ChannelCounts,
  ChannelsOptions,
  ChannelsPage,
  EventState,
} from './core/protocols/browsed-page.ts';
export { browse } from './inspection/browse.ts';
export type { ChannelStore } from './inspection/channel-store.ts';
export type { WatchedSnapshot } from './inspection/channel-watch.ts';
export { channels } from './inspection/channels.ts';
export type { AnswerOf, Inspectable, SchemaOf } from './inspection/inspectable.ts';
export { stats } from './inspection/stats.ts';
export type {
  DeadLettersSnapshot,
  DeadLettersStore,
  WatchDeadLettersOptions,
} from './inspection/watch-dead-letters.ts';
export { watchDeadLetters } from './inspection/watch-dead-letters.ts';
export type { StatsSnapshot, StatsStore } from './inspection/watch-stats.ts';
export { watchStats } from './inspection/watch-stats.ts';
