import { admit } from '../core/admission.ts';
import type { EventDraft } from '../core/message.ts';
import { refuse } from '../core/options.ts';
import type { Runtime } from '../core/runtime.ts';
import type { NewEvent } from './event-store.ts';

/** Checks and copies drafts at a backend's own door, all of them before any is stored. */
export function draftEvents(drafts: readonly EventDraft[], runtime: Runtime): NewEvent[] {
  if (!Array.isArray(drafts)) refuse('events', 'an array', drafts);
  const createdAt = runtime.now();
  return drafts.map((draft: EventDraft) => {
    const { options, ...event } = admit(draft);
    return { ...event, ...options, eventId: runtime.randomId(), createdAt };
  });
}
