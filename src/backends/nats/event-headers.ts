import { headers } from '@nats-io/nats-core';
import type { DeadReason, Failure } from '../../core/events/death-reason.ts';
import type { Metadata, Redriven } from '../../core/events/message.ts';
import { AcklineError } from '../../core/reports/errors.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { textOf, valueOfText } from '../../queue/written-value.ts';
import type { NatsMessage } from './nats-connection.ts';

/** What a message of a stream says beside its payload, as JSON in the header `Ackline`. */
export interface EventHeader extends KeptOptions {
  readonly id: string;
  readonly createdAt: number;
  /** The written metadata; see written-value.ts. */
  readonly metadata?: string;
  /** The only consumer that is to deliver the message. Absent: every one. */
  readonly only?: string;
}

/** What a dead letter says in addition. */
export interface LetterHeader extends EventHeader {
  readonly queue: string;
  readonly attempts: number;
  readonly reason: DeadReason;
  readonly note: string | null;
  readonly lastError: Failure | null;
  readonly diedAt: number;
}

interface KeptOptions {
  readonly delayMs?: number;
  readonly availableAt?: number;
  readonly ttlMs?: number;
  readonly redriven?: Redriven;
}

const HEADER = 'Ackline';
const MESSAGE_ID = 'Nats-Msg-Id';

/** JetStream refuses longer headers. */
const MAX_HEADER_BYTES = 64_000;

/** The header of an event. Error: `not-cloneable`. */
export function headerOf(event: NewEvent): EventHeader {
  const { eventId, createdAt, metadata, channel, delayMs, availableAt, ttlMs, redriven } = event;
  return {
    id: eventId,
    createdAt,
    ...(metadata && { metadata: textOf(metadata, 'metadata', channel) }),
    ...(delayMs && { delayMs }),
    ...(availableAt !== undefined && { availableAt }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(redriven && { redriven }),
  };
}

/** The headers of a message. A server keeps one message of each `messageId`. Error: `too-large`. */
export function writtenHeaders(header: EventHeader, messageId: string, channel: string) {
  const text = JSON.stringify(header);
  // A character has three bytes at most.
  if (3 * text.length > MAX_HEADER_BYTES && byteLength(text) > MAX_HEADER_BYTES)
    throw new AcklineError(
      'too-large',
      `the metadata for ${channel} must fit a header of ${MAX_HEADER_BYTES} bytes, which JetStream limits`,
      { channel, path: 'metadata' },
    );
  const written = headers();
  written.set(HEADER, text);
  written.set(MESSAGE_ID, messageId);
  return written as never;
}

/** The id as it stands in the header of a message. Characters that a header cannot carry are escaped. */
export function messageIdOf(id: string): string {
  return /^[!#-~][!-~]*$/.test(id) ? id : JSON.stringify(id);
}

/** What is known about a message. Programs that are not this library send messages without the header. */
export function readHeader<Header extends EventHeader>(
  message: NatsMessage,
  fallback: { readonly id: string; readonly createdAt: number },
): Header | EventHeader {
  const text = message.headers?.get(HEADER);
  if (!text) return { ...fallback, id: message.headers?.get(MESSAGE_ID) || fallback.id };
  return JSON.parse(text) as Header;
}

export function metadataOf({ metadata }: EventHeader): Metadata | null {
  return metadata === undefined ? null : (valueOfText(metadata) as Metadata);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
