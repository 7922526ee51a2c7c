import { runLetters } from '../../queue/run-letters.ts';
import { letGo } from './claiming/let-go.ts';
import type { IndexedDbFeature } from './feature-value.ts';
import { GroupedStore } from './groups/grouped-store.ts';
import type { FeatureParts } from './indexeddb-feature.ts';
import { cancelEvent } from './inspection/cancel-event.ts';
import { moveLetters } from './inspection/move-letters.ts';
import { backlogOf } from './publishing/backlog-of.ts';
import { LimitedAppender } from './publishing/limited-appender.ts';
import { ReplacedEvents } from './publishing/replaced-events.ts';

/**
 * Groups of consumers, which `ackline/groups` creates. All contexts that consume a channel with groups need it: each of them copies
 * the events to the groups. A context without it claims none of these events, and its calls reject with `unsupported`.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [groupsFeature] });
 * const events = new EventChannel({ backend });
 * await createGroup(events, 'order.placed', 'search');
 */
export const groupsFeature: IndexedDbFeature = {
  capabilities: { groups: true },
  parts: { groupedStore: (store, newId) => new GroupedStore(store, newId) } satisfies FeatureParts,
};

/**
 * The verbs `redrive` and `purge`, for pages that put dead letters back or delete them.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [redriveFeature] });
 * await new EventChannel({ backend }).redrive('order.placed');
 */
export const redriveFeature: IndexedDbFeature = {
  capabilities: { redrive: true, purge: true },
  parts: { runLetters, moveLetters } satisfies FeatureParts,
};

/**
 * The verb `cancel`, for pages that remove events that wait.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [cancelFeature] });
 * await new EventChannel({ backend }).cancel('order.placed', eventId);
 */
export const cancelFeature: IndexedDbFeature = {
  capabilities: { cancel: true },
  parts: { cancelEvent } satisfies FeatureParts,
};

/**
 * The option `replaces` of a publish, for pages that publish drafts of which the last one counts.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [replaceFeature] });
 * const options = { key: 'letter', replaces: 'waiting' } as const;
 * await new EventChannel({ backend }).publish('draft', text, null, options);
 */
export const replaceFeature: IndexedDbFeature = {
  capabilities: { replace: true },
  parts: { replacedEvents: (parts) => new ReplacedEvents(parts) } satisfies FeatureParts,
};

/**
 * The options `maxBacklog` and `whenFull` of a publish.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [maxBacklogFeature] });
 * const events = new EventChannel({ backend, maxBacklog: 1_000 });
 */
export const maxBacklogFeature: IndexedDbFeature = {
  capabilities: { maxBacklog: true },
  parts: {
    limitedBy: (store) => (append) => new LimitedAppender(append, backlogOf(store)),
  } satisfies FeatureParts,
};

/**
 * The option `after` of a publish. All contexts that consume a channel with such events need it: each of them lets go the events
 * that are held back. The claims of a context without it reject with `unsupported` while an event may have to be let go.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: [dependenciesFeature] });
 */
export const dependenciesFeature: IndexedDbFeature = {
  capabilities: { after: true },
  parts: { letGo } satisfies FeatureParts,
};

/**
 * All of them, for tests, and for pages where 6 kB do not matter.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', features: allFeatures });
 */
export const allFeatures: readonly IndexedDbFeature[] = [
  groupsFeature,
  redriveFeature,
  cancelFeature,
  replaceFeature,
  maxBacklogFeature,
  dependenciesFeature,
];
