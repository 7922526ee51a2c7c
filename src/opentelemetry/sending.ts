import { type Context, context, type Link, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { EventDraft, Metadata, PublishOptions } from '../core/message.ts';
import { partOf } from '../core/part-of.ts';
import type { AsyncEventBackend, ConfirmDraft, SyncEventBackend } from '../core/protocols.ts';
import { attributesOf, BATCH_COUNT, MESSAGE_ID, spanNameOf } from './attributes.ts';
import { runInSpan } from './run-in-span.ts';
import type { Telemetry } from './telemetry-options.ts';
import { creationLink, withContext } from './trace-context.ts';

type AnyBackend = AsyncEventBackend | SyncEventBackend;

type BatchAnswer = string[] | Promise<string[]> | undefined;

/** The methods of a backend that send events, within send spans, whose context the events carry. */
export function sendingMethods(
  backend: AnyBackend,
  telemetry: Telemetry,
): Readonly<Record<string, unknown>> {
  const full = backend as Partial<AsyncEventBackend>;
  return {
    publish: (
      channel: string,
      payload: unknown,
      metadata: Metadata | null = null,
      options?: PublishOptions,
    ) =>
      sendOne(telemetry, 'publish', { channel, metadata }, itself, (sent) =>
        backend.publish(channel, payload, sent, options),
      ),
    ...(backend.publishMany && {
      publishMany: (events: readonly EventDraft[]) => sendMany(backend, telemetry, events),
    }),
    ...(full.publishConfirmed && {
      publishConfirmed: (draft: ConfirmDraft) =>
        sendOne(telemetry, 'publishConfirmed', draft, idOf, (metadata) =>
          full.publishConfirmed?.({ ...draft, metadata }),
        ),
    }),
    ...(full.request && {
      // The reply is no id.
      request: (draft: ConfirmDraft) =>
        sendOne(telemetry, 'request', draft, none, (metadata) =>
          full.request?.({ ...draft, metadata }),
        ),
    }),
  };
}

const itself = (eventId: unknown): unknown => eventId;
const idOf = (confirmation: unknown): unknown => partOf(confirmation, 'eventId');
const none = (): undefined => undefined;
const firstOf = (ids: unknown): unknown => (ids as readonly unknown[])[0];

/** Metadata with a context of its own keep it, such as those of an event that is passed on. The span then links to it. */
function sendOne<Answer>(
  telemetry: Telemetry,
  name: string,
  { channel, metadata = null }: Pick<EventDraft, 'channel' | 'metadata'>,
  readId: (answer: unknown) => unknown,
  run: (metadata: Metadata | null) => Answer,
): Answer {
  const own = creationLink(metadata);
  const operation = {
    name,
    type: 'send' as const,
    queue: queueOf(channel),
    kind: own ? SpanKind.CLIENT : SpanKind.PRODUCER,
    links: own ? [own] : [],
    sentCount: 1,
    onAnswer(answer: unknown, span: Span) {
      const id = readId(answer);
      if (typeof id === 'string') span.setAttribute(MESSAGE_ID, id);
    },
  };
  return runInSpan<unknown, Answer>(telemetry, operation, (active) =>
    run(own ? metadata : withContext(metadata, active)),
  );
}

function sendMany(
  backend: AnyBackend,
  telemetry: Telemetry,
  events: readonly EventDraft[],
): BatchAnswer {
  // What is no list is left to the backend, which refuses it.
  if (!Array.isArray(events) || events.length === 0) return backend.publishMany?.(events);
  const [first] = events as readonly EventDraft[];
  if (events.length === 1 && isDraft(first))
    return sendOne(telemetry, 'publishMany', first, firstOf, (metadata) =>
      backend.publishMany?.([{ ...first, metadata }]),
    );
  const creations = events.map((event) => creationOf(telemetry, event));
  const links = creations.flatMap(({ link }) => (link ? [link] : []));
  const queues = new Set(events.map((event) => partOf(event, 'channel')));
  const operation = {
    name: 'publishMany',
    type: 'send' as const,
    queue: queues.size === 1 ? queueOf([...queues][0]) : undefined,
    // The conventions: the kind is PRODUCER where events carry the context of this span.
    kind: links.length === events.length ? SpanKind.CLIENT : SpanKind.PRODUCER,
    links,
    attributes: { [BATCH_COUNT]: events.length },
    sentCount: events.length,
  };
  return runInSpan<unknown, BatchAnswer>(telemetry, operation, (active) =>
    backend.publishMany?.(events.map((event, index) => carrying(event, creations[index], active))),
  );
}

/** Where the context comes from that an event of a batch carries. */
interface Creation {
  readonly link: Link | undefined;
  /** Undefined if the event has a context of its own, or carries that of the batch. */
  readonly created?: Context;
}

function creationOf({ createSpans, tracer }: Telemetry, event: EventDraft): Creation {
  const link = creationLink(partOf(event, 'metadata'));
  if (link || !createSpans || !isDraft(event)) return { link };
  const subject = { name: 'create', type: 'create' as const, queue: queueOf(event.channel) };
  const span = tracer.startSpan(spanNameOf(subject), {
    kind: SpanKind.PRODUCER,
    attributes: attributesOf(subject),
  });
  span.end();
  return { link: { context: span.spanContext() }, created: trace.setSpan(context.active(), span) };
}

function carrying(event: EventDraft, creation: Creation | undefined, batch: Context): EventDraft {
  const hasOwn = creation?.link !== undefined && creation.created === undefined;
  if (hasOwn || !isDraft(event)) return event;
  const { metadata = null } = event;
  return { ...event, metadata: withContext(metadata, creation?.created ?? batch) };
}

function isDraft(event: unknown): event is EventDraft {
  return typeof event === 'object' && event !== null;
}

function queueOf(channel: unknown): string | undefined {
  return typeof channel === 'string' ? channel : undefined;
}
