import { context, type Link, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { EventMessage } from '../core/events/message.ts';
import { describeFailure } from '../core/options/describe-failure.ts';
import { queueName } from '../core/options/queue-name.ts';
import { partOf } from '../core/runtime/part-of.ts';
import { elapsedMs } from '../core/runtime/runtime.ts';
import { attributesOf, BATCH_COUNT, errorTypeOf, MESSAGE_ID, spanNameOf } from './attributes.ts';
import { follow } from './run-in-span.ts';
import type { Telemetry } from './telemetry-options.ts';
import { creationLink } from './trace-context.ts';

/** A call of the application for events. */
interface ReceiveCall {
  readonly name: 'dequeue' | 'dequeueMany' | 'iterEvents';
  readonly channel: string;
  readonly options: unknown;
}

interface Received {
  readonly events: readonly EventMessage[];
  readonly failure?: { readonly error: unknown };
}

/**
 * Calls `run` and makes its receive span when the events are there, because the span links to each of them. A call that
 * returns none has no span, so that waiting in a loop leaves no trace.
 */
export function receive<Answer>(
  telemetry: Telemetry,
  call: ReceiveCall,
  run: () => Answer,
): Answer {
  const record = recorderOf(telemetry, call);
  return follow<unknown, Answer>(
    run,
    (answer) => {
      const events = eventsOf(answer);
      if (events.length > 0) record({ events });
    },
    (error) => {
      // Otherwise the caller has ended the wait itself.
      const isEnded = partOf(partOf(call.options, 'signal'), 'aborted') === true;
      if (!isEnded) record({ events: [], failure: { error } });
    },
  );
}

/** Takes the time, and returns what makes the span and the measurement of the call. */
function recorderOf(telemetry: Telemetry, { name, channel, options }: ReceiveCall) {
  const { runtime, tracer, instruments, server } = telemetry;
  const parent = context.active();
  const startTime = runtime.now();
  const startedAt = elapsedMs(runtime);
  return ({ events, failure }: Received): void => {
    const ms = elapsedMs(runtime) - startedAt;
    const group = partOf(options, 'group');
    const queue = queueName({ channel, group: typeof group === 'string' ? group : undefined });
    const subject = { name, type: 'receive' as const, queue };
    const failed = failure && { 'error.type': errorTypeOf(failure.error) };
    const common = { ...attributesOf(subject, server), ...failed };
    const links = linksTo(events);
    const attributes = { ...common, ...eventAttributes(name, events) };
    const terms = { kind: SpanKind.CLIENT, startTime, links, attributes };
    const span = tracer.startSpan(spanNameOf(subject), terms, parent);
    if (failure) {
      const { message } = describeFailure(failure.error);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
    }
    span.end(startTime + ms);
    instruments.operationDuration.record(ms / 1_000, common, trace.setSpan(parent, span));
  };
}

/** What differs between the events of a batch is on the links. */
function linksTo(events: readonly EventMessage[]): Link[] {
  return events.flatMap(({ metadata, eventId }) => {
    const link = creationLink(metadata);
    if (!link) return [];
    return events.length === 1 ? link : { ...link, attributes: { [MESSAGE_ID]: eventId } };
  });
}

function eventAttributes(name: ReceiveCall['name'], events: readonly EventMessage[]) {
  const [first] = events;
  return {
    ...(name === 'dequeueMany' && { [BATCH_COUNT]: events.length }),
    ...(first && events.length === 1 && { [MESSAGE_ID]: first.eventId }),
  };
}

/** The events of what `dequeue`, `dequeueMany` or an iterator answers. */
function eventsOf(answer: unknown): readonly EventMessage[] {
  if (Array.isArray(answer)) return answer as readonly EventMessage[];
  const event = partOf(answer, 'done') === undefined ? answer : partOf(answer, 'value');
  return event ? [event as EventMessage] : [];
}
