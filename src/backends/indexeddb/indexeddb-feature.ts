import type { Settlement } from '../../core/events/message.ts';
import { refuse } from '../../core/options/options.ts';
import type { Capabilities, Capability } from '../../core/protocols/capability.ts';
import type { EventStore, LetterStep, LetterStepResult } from '../../queue/event-store.ts';
import type { RunLetters } from '../../queue/run-letters.ts';
import { CAPABILITIES } from './capabilities.ts';
import type { letGo } from './claiming/let-go.ts';
import type { IndexedDbFeature } from './feature-value.ts';
import type { GroupedStore } from './groups/grouped-store.ts';
import type { OwnNamesStore } from './groups/own-names.ts';
import type { cancelEvent } from './inspection/cancel-event.ts';
import type { MoveLettersParts, moveLetters } from './inspection/move-letters.ts';
import type { AppenderParts } from './publishing/appender.ts';
import type { ReplacedEvents, ReplacingParts } from './publishing/replaced-events.ts';

type BacklogStore = Pick<EventStore, 'claim' | 'settle' | 'stats'>;

/** What features add to the store and the backend. */
export interface FeatureParts {
  readonly groupedStore?: (store: OwnNamesStore, newId: () => string) => GroupedStore;
  readonly runLetters?: RunLetters;
  readonly moveLetters?: typeof moveLetters;
  readonly cancelEvent?: typeof cancelEvent;
  readonly letGo?: typeof letGo;
  readonly replacedEvents?: (parts: ReplacingParts) => ReplacedEvents;
  readonly limitedBy?: (store: BacklogStore) => AppenderParts['limited'];
}

/** What all features of a backend add together. */
export interface CombinedFeatures {
  readonly capabilities: Capabilities;
  readonly parts: FeatureParts;
}

/** By capability, the name of the feature that a backend without it needs, for errors. */
export const FEATURE_NAMES: Readonly<Partial<Record<Capability, string>>> = {
  groups: 'groupsFeature',
  redrive: 'redriveFeature',
  purge: 'redriveFeature',
  cancel: 'cancelFeature',
  replace: 'replaceFeature',
  maxBacklog: 'maxBacklogFeature',
  after: 'dependenciesFeature',
};

export function checkFeatures(option: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(option, 'an array of features of ackline/indexeddb', value);
  for (const one of value)
    if (typeof one?.parts !== 'object')
      refuse(`each of ${option}`, 'a feature of ackline/indexeddb, such as groupsFeature', one);
}

/** What all features add together. */
export function combined(features: readonly IndexedDbFeature[]): CombinedFeatures {
  return {
    capabilities: Object.assign({}, CAPABILITIES, ...features.map((one) => one.capabilities)),
    parts: Object.assign({}, ...features.map(({ parts }) => parts)),
  };
}

/** The verbs of a store that it has by its features. */
export interface FeatureVerbs {
  moveLetters(step: LetterStep): Promise<LetterStepResult>;
  cancel(channel: string, eventId: string): Promise<Settlement>;
}

export function verbsOf(
  { moveLetters, cancelEvent }: FeatureParts,
  parts: () => MoveLettersParts,
): Partial<FeatureVerbs> {
  return {
    ...(moveLetters && { moveLetters: (step) => moveLetters(parts(), step) }),
    ...(cancelEvent && {
      cancel: (channel, eventId) => cancelEvent(parts(), channel, eventId),
    }),
  };
}

/** What the appender of a store does by its features. */
export function appendingOf(
  { limitedBy, replacedEvents }: FeatureParts,
  parts: ReplacingParts,
  store: BacklogStore,
): AppenderParts {
  return { limited: limitedBy?.(store), replaced: replacedEvents?.(parts) };
}
