import type { Failure } from '../../core/events/death-reason.ts';
import type { EventResult } from '../../core/events/event-result.ts';
import type { Leased } from '../../core/events/lifecycle.ts';
import type { EventMessage, Metadata } from '../../core/events/message.ts';
import { messageOf } from '../../queue/event-shapes.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { idOf } from '../../queue/written-id.ts';
import { valueOfText } from '../../queue/written-value.ts';
import { type Form, type KeptOptions, readValue } from './written-event.ts';

/** The details of a stored event. */
export interface DetailsRow {
  readonly name: string | null;
  readonly payload_form: Form;
  readonly metadata_form: Form;
  readonly key: string | null;
  readonly priority: number;
  readonly options: string | null;
  readonly uncounted: number;
  readonly last_lease: number | null;
  readonly last_error: string | null;
  readonly after_id: string | null;
  /** JSON of the result without its id and its reply. Null while the event waits. */
  readonly after_result: string | null;
  /** A text of written-value.ts. */
  readonly after_reply: string | null;
}

/** A stored event without its payload. Times are epoch milliseconds. */
export interface StateRow {
  readonly id: string;
  readonly channel: string;
  readonly status: string;
  readonly attempts: number;
  readonly available: number;
  readonly created: number;
  readonly details: DetailsRow | null;
}

export interface StoredRow extends StateRow {
  readonly payload: unknown;
  readonly metadata: unknown;
}

/** A leased event as its claim left it. The ledger of the backend keeps it. */
export interface LeasedAt {
  readonly row: StateRow;
  readonly leased: Leased;
}

export function eventIdOf({ id, details }: Pick<StateRow, 'id' | 'details'>): string {
  return idOf(details?.name ?? id);
}

export function failureOf(details: Pick<DetailsRow, 'last_error'> | null): Failure | null {
  const text = details?.last_error ?? null;
  return text === null ? null : (JSON.parse(text) as Failure);
}

type DescribedEvent = Pick<NewEvent, 'eventId' | 'channel' | 'createdAt' | 'key'> &
  Omit<KeptOptions, 'createdAt'> &
  Pick<NewEvent, 'after'>;

/** The event without its payload and metadata. */
export function eventOf(row: StateRow): DescribedEvent {
  const { channel, created: createdAt, details } = row;
  const kept = details?.options ? (JSON.parse(details.options) as Partial<KeptOptions>) : {};
  const after = details && afterOf(details);
  const described = {
    ...{ eventId: eventIdOf(row), channel, createdAt, ...kept },
    ...(after && { after }),
  };
  const key = details?.key ?? null;
  return key === null ? described : { ...described, key: idOf(key) };
}

function afterOf({ after_id, after_result, after_reply }: DetailsRow): EventResult | undefined {
  if (after_id === null) return undefined;
  return after_result === null
    ? { eventId: idOf(after_id), state: 'pending' }
    : resultOfText(idOf(after_id), after_result, after_reply);
}

/** A result from the text of all but its id and its reply. */
export function resultOfText(eventId: string, text: string, reply: string | null): EventResult {
  const result = { eventId, ...(JSON.parse(text) as object) } as EventResult;
  if (result.state !== 'acknowledged') return result;
  return { ...result, reply: reply === null ? undefined : valueOfText(reply) };
}

export function leasedOf(row: StateRow, leaseExpiresAt: number): Leased {
  const { attempts: lease, available, details } = row;
  const isLast = details?.last_lease === lease;
  const attempts = lease - (details?.uncounted ?? 0);
  return {
    ...{ attempts, availableAt: available, lastError: failureOf(details), lease, leaseExpiresAt },
    maxAttempts: isLast ? attempts : Number.MAX_SAFE_INTEGER,
  };
}

export function messageOfRow(row: StoredRow, leased: Leased): EventMessage {
  const { details } = row;
  const payload = readValue(row.payload, details?.payload_form);
  const metadata = readValue(row.metadata, details?.metadata_form) as Metadata | null;
  return messageOf({ ...eventOf(row), payload, metadata }, leased);
}
