import { runLetters } from '../../queue/run-letters.ts';
import { GroupedStore } from './groups/grouped-store.ts';
import type { IndexedDbFeature } from './indexeddb-feature.ts';
import { cancelEvent } from './inspection/cancel-event.ts';
import { moveLetters } from './inspection/move-letters.ts';
import { backlogOf } from './publishing/backlog-of.ts';
import { LimitedAppender } from './publishing/limited-appender.ts';
import { ReplacedEvents } from './publishing/replaced-events.ts';

/**
 * Groups of consumers, which `ackline/groups` creates. All contexts that consume a channel with groups need it: each of them copies
 * the events to the groups. A context without it claims none of these events, and its calls reject with `unsupported`.
 */
export const groupsFeature: IndexedDbFeature = {
  capabilities: { groups: true },
  parts: { groupedStore: (store, newId) => new GroupedStore(store, newId) },
};

/** The verbs `redrive` and `purge`, for pages that put dead letters back or delete them. */
export const redriveFeature: IndexedDbFeature = {
  capabilities: { redrive: true, purge: true },
  parts: { runLetters, moveLetters },
};

/** The verb `cancel`, for pages that remove events that wait. */
export const cancelFeature: IndexedDbFeature = {
  capabilities: { cancel: true },
  parts: { cancelEvent },
};

/** The option `replaces` of a publish, for pages that publish drafts of which the last one counts. */
export const replaceFeature: IndexedDbFeature = {
  capabilities: { replace: true },
  parts: { replacedEvents: (connection) => new ReplacedEvents(connection) },
};

/** The options `maxBacklog` and `whenFull` of a publish. */
export const maxBacklogFeature: IndexedDbFeature = {
  capabilities: { maxBacklog: true },
  parts: { limitedBy: (store) => (append) => new LimitedAppender(append, backlogOf(store)) },
};

/** All of them, for tests, and for pages where 6 kB do not matter. */
export const allFeatures: readonly IndexedDbFeature[] = [
  groupsFeature,
  redriveFeature,
  cancelFeature,
  replaceFeature,
  maxBacklogFeature,
];
