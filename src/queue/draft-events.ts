import { admit, type GivenDraft, NO_OPTIONS } from '../core/admission.ts';
import { requireOptionsOf } from '../core/delivery/settler.ts';
import type { EventDraft } from '../core/events/message.ts';
import { DEFAULT_SETTINGS, refuse } from '../core/options/options.ts';
import type { BackendDescription } from '../core/protocols/protocols.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Writable } from '../core/runtime/writable.ts';
import type { NewEvent } from './event-store.ts';
import { COPY_IN, type Isolation } from './isolation.ts';

const { dedupeWindowMs: DEFAULT_WINDOW_MS } = DEFAULT_SETTINGS;

interface QueueDescription extends BackendDescription {
  readonly runtime: Runtime;
}

/** Checks and copies a draft that a caller passed to a backend. */
export function draftEvent(
  draft: GivenDraft,
  backend: QueueDescription,
  isolation: Isolation = 'clone',
  createdAt: number = backend.runtime.now(),
): NewEvent {
  requireOptionsOf(backend, draft?.options);
  const { channel, payload, metadata, options, bytes } = admit(draft, COPY_IN[isolation]);
  const uniqueId = backend.runtime.randomId();
  if (options === NO_OPTIONS)
    return { eventId: uniqueId, channel, payload, metadata, createdAt, bytes };
  const {
    id: eventId = uniqueId,
    dedupeWindowMs = DEFAULT_WINDOW_MS,
    availableAt: given,
    priority,
    retentionMs,
    after,
    ...others
  } = options;
  const event: Writable<NewEvent> = { eventId, channel, payload, metadata, createdAt, bytes };
  if (Number(given) > createdAt) event.availableAt = Number(given);
  if (priority) event.priority = priority;
  if (retentionMs) event.retentionMs = retentionMs;
  if (after !== undefined) event.after = { eventId: after, state: 'pending' };
  if (options.id !== undefined) event.dedupe = { until: createdAt + dedupeWindowMs, uniqueId };
  return Object.assign(event, others);
}

/** {@link draftEvent}, all of them before any is stored. */
export function draftEvents(
  drafts: readonly EventDraft[],
  backend: QueueDescription,
  isolation: Isolation = 'clone',
): NewEvent[] {
  if (!Array.isArray(drafts)) refuse('events', 'an array', drafts);
  const createdAt = backend.runtime.now();
  return drafts.map((draft: EventDraft) => draftEvent(draft, backend, isolation, createdAt));
}
