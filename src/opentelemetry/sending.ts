import { type Attributes, type Span, SpanKind } from '@opentelemetry/api';
import type { EventDraft, Metadata, PublishOptions } from '../core/events/message.ts';
import type {
  AsyncEventBackend,
  ConfirmDraft,
  SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { partOf } from '../core/runtime/part-of.ts';
import { BATCH_COUNT, MESSAGE_ID } from './attributes.ts';
import { carrying, commonChannel, createEach, isDraft, linksOf, queueOf } from './creations.ts';
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
  attributes: Attributes = {},
): Answer {
  const own = creationLink(metadata);
  const operation = {
    name,
    type: 'send' as const,
    queue: queueOf(channel),
    kind: own ? SpanKind.CLIENT : SpanKind.PRODUCER,
    links: own ? [own] : [],
    attributes,
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
    return sendOne(
      telemetry,
      'publishMany',
      first,
      firstOf,
      (metadata) => backend.publishMany?.([{ ...first, metadata }]),
      { [BATCH_COUNT]: 1 },
    );
  const { creations, onAnswer, onError } = createEach(telemetry, events);
  const links = linksOf(events, creations);
  const operation = {
    name: 'publishMany',
    type: 'send' as const,
    queue: queueOf(commonChannel(events)),
    // The conventions: the kind is PRODUCER where events carry the context of this span.
    kind: links.length === events.length ? SpanKind.CLIENT : SpanKind.PRODUCER,
    links,
    attributes: { [BATCH_COUNT]: events.length },
    sentCount: events.length,
    onAnswer,
    onError,
  };
  return runInSpan<unknown, BatchAnswer>(telemetry, operation, (active) =>
    backend.publishMany?.(events.map((event, index) => carrying(event, creations[index], active))),
  );
}
