import { type Context, context, type Link, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { EventDraft } from '../core/events/message.ts';
import { partOf } from '../core/runtime/part-of.ts';
import { attributesOf, CHANNEL, MESSAGE_ID, spanNameOf } from './attributes.ts';
import type { Telemetry } from './telemetry-options.ts';
import { creationLink, withContext } from './trace-context.ts';

/** Where the context comes from that an event of a batch carries. */
interface Creation {
  readonly link: Link | undefined;
  /** Undefined if the event has a context of its own, or carries that of the batch. */
  readonly span?: Span;
}

/** The create spans of a batch, and what is to be called with the answer of the backend. */
interface Creations {
  readonly creations: readonly Creation[];
  onAnswer(ids: unknown): void;
  onError(): void;
}

/**
 * Makes the create spans of a batch. They take no time, and end when the backend has answered, because the answer has the ids of
 * the events.
 */
export function createEach(telemetry: Telemetry, events: readonly EventDraft[]): Creations {
  const now = telemetry.runtime.now();
  const creations = events.map((event) => creationOf(telemetry, event, now));
  const end = (ids?: unknown) => {
    for (const [index, { span }] of creations.entries()) {
      const id = partOf(ids, index);
      if (typeof id === 'string') span?.setAttribute(MESSAGE_ID, id);
      span?.end(now);
    }
  };
  return { creations, onAnswer: (ids: unknown) => end(ids), onError: () => end() };
}

function creationOf(
  { createSpans, tracer, server }: Telemetry,
  event: EventDraft,
  startTime: number,
): Creation {
  const link = creationLink(partOf(event, 'metadata'));
  if (link || !createSpans || !isDraft(event)) return { link };
  const subject = { name: 'create', type: 'create' as const, queue: queueOf(event.channel) };
  const attributes = attributesOf(subject, server);
  const span = tracer.startSpan(spanNameOf(subject), {
    kind: SpanKind.PRODUCER,
    startTime,
    attributes,
  });
  return { link: { context: span.spanContext() }, span };
}

/** Links to what the events carry. What differs between the events and is known before the answer is on the links. */
export function linksOf(events: readonly EventDraft[], creations: readonly Creation[]): Link[] {
  const isOne = commonChannel(events) !== undefined;
  return creations.flatMap(({ link }, index) => {
    if (!link) return [];
    const event = events[index];
    const channel = partOf(event, 'channel');
    const id = partOf(partOf(event, 'options'), 'id');
    const attributes = {
      ...(!isOne && typeof channel === 'string' && { [CHANNEL]: channel }),
      ...(typeof id === 'string' && { [MESSAGE_ID]: id }),
    };
    return Object.keys(attributes).length > 0 ? { ...link, attributes } : link;
  });
}

/** The channel of all these events. Undefined if they have several. */
export function commonChannel(events: readonly EventDraft[]): unknown {
  const channels = new Set(events.map((event) => partOf(event, 'channel')));
  return channels.size === 1 ? [...channels][0] : undefined;
}

/** The event with the context of its create span, or that of the batch. */
export function carrying(
  event: EventDraft,
  creation: Creation | undefined,
  batch: Context,
): EventDraft {
  const span = creation?.span;
  if ((creation?.link && !span) || !isDraft(event)) return event;
  const { metadata = null } = event;
  const created = span ? trace.setSpan(context.active(), span) : batch;
  return { ...event, metadata: withContext(metadata, created) };
}

export function isDraft(event: unknown): event is EventDraft {
  return typeof event === 'object' && event !== null;
}

export function queueOf(channel: unknown): string | undefined {
  return typeof channel === 'string' ? channel : undefined;
}
