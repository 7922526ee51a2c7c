import { channelOfQueue } from '../../core/options/queue-name.ts';
import { isBlocked } from '../../queue/event-shapes.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { textOfId } from '../../queue/written-id.ts';
import { textOf, valueOfText } from '../../queue/written-value.ts';
import { hashOf, hintChannel } from './hint-channel.ts';

/**
 * How a value is written in a JSONB column. sqlspec needs an object there. Null: the value is an object that JSONB keeps. `v`:
 * `{"value": …}` around a value that JSONB keeps. `t`: `{"value": "…"}` around a text of written-value.ts.
 */
export type Form = 'v' | 't' | null;

interface Written {
  readonly form: Form;
  readonly value: unknown;
}

/** JSONB refuses NUL characters and lone surrogates, which JSON writes as escapes. */
const REFUSED = /\\u(?:0000|d[89a-f])/;

function writtenValue(value: unknown, path: string, channel: string): Written {
  const text = textOf(value, path, channel);
  if (text.startsWith('!') || REFUSED.test(text)) return { form: 't', value: { value: text } };
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { form: null, value } : { form: 'v', value: { value } };
}

export function readValue(value: unknown, form: Form | undefined): unknown {
  if (!form) return value;
  const { value: inner } = value as { readonly value: unknown };
  return form === 'v' ? inner : valueOfText(inner as string);
}

export type KeptOptions = Pick<
  NewEvent,
  'createdAt' | 'delayMs' | 'ttlMs' | 'priority' | 'onDeadLetter' | 'redriven' | 'retentionMs'
>;

const KEPT = ['delayMs', 'ttlMs', 'priority', 'onDeadLetter', 'redriven', 'retentionMs'] as const;

/** The longest id of the queue table. */
const MAX_ID = 64;
/** Publishes of one key wait for each other. So many locks are shared by the keys of a channel. */
const KEY_LOCKS = 64;

/** A new event as the append statement takes it. */
export interface WrittenEvent {
  readonly id: string;
  /** The id that the caller gave, where another one is in the way. */
  readonly spare: string | null;
  readonly name: string;
  readonly channel: string;
  readonly hint: string | null;
  readonly payload: unknown;
  readonly metadata: unknown;
  readonly created: number;
  readonly available: number;
  /** Attempts before the event was redriven. They do not count, and their leases are not used again. */
  readonly attempts: number;
  readonly until: number | null;
  readonly replaces: boolean;
  readonly details: WrittenDetails | null;
}

interface WrittenDetails {
  readonly payload_form: Form;
  readonly metadata_form: Form;
  readonly key: string | null;
  readonly lock: number | null;
  readonly priority: number;
  readonly options: string | null;
  readonly since: number | null;
  readonly ends: number | null;
  readonly ttl: number | null;
  /** The id of the event that it waits for. */
  readonly after_id: string | null;
  /** True: it becomes a dead letter unless that event is acknowledged. */
  readonly blocks: true | null;
  readonly retention: number | null;
}

/** Error: `not-cloneable`. `lease`: the last lease of an event that is redriven. */
export function writtenEvent(event: NewEvent, lease = 0): WrittenEvent {
  const { channel, createdAt, delayMs = 0, dedupe, redriven } = event;
  const payload = writtenValue(event.payload, 'payload', channel);
  const metadata = event.metadata && writtenValue(event.metadata, 'metadata', channel);
  return describedEvent(event, {
    payload: payload.value,
    metadata: metadata?.value ?? null,
    payload_form: payload.form,
    metadata_form: metadata?.form ?? null,
    available: event.availableAt ?? (redriven?.redrivenAt ?? createdAt) + delayMs,
    lease,
    uniqueId: dedupe?.uniqueId,
  });
}

interface Parts {
  readonly payload: unknown;
  readonly metadata: unknown;
  readonly payload_form: Form;
  readonly metadata_form: Form;
  readonly available: number;
  readonly lease: number;
  /** An id that no other event has. */
  readonly uniqueId: string | undefined;
}

export function describedEvent(
  event: Omit<NewEvent, 'payload' | 'metadata' | 'bytes'>,
  parts: Parts,
): WrittenEvent {
  const { channel, createdAt, dedupe, delayMs = 0, after } = event;
  const { payload, metadata, payload_form, metadata_form, available, lease, uniqueId } = parts;
  const name = textOfId(event.eventId);
  const id = uniqueId !== undefined && name.length > MAX_ID ? uniqueId : name;
  const details: WrittenDetails = {
    payload_form,
    metadata_form,
    key: event.key === undefined ? null : textOfId(event.key),
    lock: event.key === undefined ? null : lockOf(channel, event.key),
    priority: event.priority ?? 0,
    options: optionsOf(event),
    since: delayMs > 0 ? createdAt : null,
    ends: event.ttlMs === undefined ? null : createdAt + event.ttlMs,
    ttl: event.ttlMs ?? null,
    after_id: after ? textOfId(after.eventId) : null,
    blocks: isBlocked(event) ? true : null,
    retention: event.retentionMs || null,
  };
  const isPlain = Object.values(details).every((value) => value === null || value === 0);
  return {
    ...{ id, name, channel, payload, metadata, available },
    spare: uniqueId ?? null,
    hint: available <= createdAt || event.redriven ? hintChannel(channel) : null,
    created: event.redriven?.redrivenAt ?? createdAt,
    attempts: lease,
    until: dedupe && dedupe.until > createdAt ? dedupe.until : null,
    replaces: event.replaces !== undefined,
    details: isPlain && id === name && lease === 0 ? null : details,
  };
}

/** One of the locks that order the publishes of keys. The number fits an `integer`. */
function lockOf(channel: string, key: string): number {
  return (hashOf(channelOfQueue(channel)) ^ (hashOf(key) % KEY_LOCKS)) | 0;
}

export function optionsOf(event: KeptOptions): string | null {
  const names = KEPT.filter((name) => event[name] !== undefined);
  if (names.length === 0) return null;
  const kept = Object.fromEntries(names.map((name) => [name, event[name]]));
  // In the queue table a redriven event is as old as its redrive, and comes last.
  return JSON.stringify(event.redriven ? { ...kept, createdAt: event.createdAt } : kept);
}
