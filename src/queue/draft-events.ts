import { admit } from '../core/admission.ts';
import type { EventDraft } from '../core/message.ts';
import { refuse } from '../core/options.ts';
import type { BackendDescription } from '../core/protocols.ts';
import type { Runtime } from '../core/runtime.ts';
import { requireOptionsOf } from '../core/settler.ts';
import type { NewEvent } from './event-store.ts';
import { type Isolation, TAKE_IN } from './isolation.ts';

interface QueueDescription extends BackendDescription {
  readonly runtime: Runtime;
}

/** Checks and copies drafts at a backend's own door, all of them before any is stored. */
export function draftEvents(
  drafts: readonly EventDraft[],
  backend: QueueDescription,
  isolation: Isolation = 'clone',
): NewEvent[] {
  if (!Array.isArray(drafts)) refuse('events', 'an array', drafts);
  const { runtime } = backend;
  const createdAt = runtime.now();
  return drafts.map((draft: EventDraft) => {
    requireOptionsOf(backend, draft?.options);
    const { options, ...event } = admit(draft, TAKE_IN[isolation]);
    return { ...event, ...options, eventId: runtime.randomId(), createdAt };
  });
}
