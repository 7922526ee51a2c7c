import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { EventMessage } from '../core/events/message.ts';
import type { ListenerWork, PacedHandler } from '../core/listening/paced-handler.ts';
import { queueName } from '../core/options/queue-name.ts';
import { decoratedBackend } from '../core/protocols/decorated-backend.ts';
import { pacedHandler } from '../flow/pace-work.ts';
import { ATTEMPTS, MESSAGE_ID } from './attributes.ts';
import { receive } from './receive.ts';
import { runInSpan } from './run-in-span.ts';
import type { Telemetry } from './telemetry-options.ts';
import { contextFrom, creationLink, handling, traceOf } from './trace-context.ts';

/** What both kinds of channel have in common here. */
export interface AnyChannel {
  listen(channel: string, handler: unknown, options?: unknown): unknown;
  dequeue(channel: string, options?: unknown): unknown;
  dequeueMany(channel: string, limit: number, options?: unknown): unknown;
  iterEvents(channel: string, options?: unknown): object;
}

type Handler = ListenerWork['handler'];

/** The methods of a channel that hand events to the application, within receive and process spans. */
export function channelMethods(
  events: AnyChannel,
  telemetry: Telemetry,
  isSync: boolean,
): Readonly<Record<string, unknown>> {
  const listen: AnyChannel['listen'] = (channel, handler, options) =>
    events.listen(channel, processing(handler, telemetry, isSync), options);
  const dequeue: AnyChannel['dequeue'] = (channel, options) =>
    receive(telemetry, { name: 'dequeue', channel, options }, () =>
      events.dequeue(channel, options),
    );
  const dequeueMany: AnyChannel['dequeueMany'] = (channel, limit, options) =>
    receive(telemetry, { name: 'dequeueMany', channel, options }, () =>
      events.dequeueMany(channel, limit, options),
    );
  return {
    listen,
    dequeue,
    dequeueMany,
    iterEvents(channel: string, options?: unknown) {
      const iterator = events.iterEvents(channel, options);
      const next = () =>
        receive(telemetry, { name: 'iterEvents', channel, options }, () =>
          (iterator as Iterator<EventMessage> | AsyncIterator<EventMessage>).next(),
        );
      const itself = () => traced;
      const kinds = { [Symbol.iterator]: itself, [Symbol.asyncIterator]: itself };
      const traced: object = decoratedBackend(iterator, { next, ...kinds });
      return traced;
    },
  };
}

/** A handler that runs each event within a process span. What is no function is left to the channel, which refuses it. */
function processing(handler: unknown, telemetry: Telemetry, isSync: boolean): unknown {
  if (typeof handler !== 'function') return handler;
  const { pace } = handler as Partial<PacedHandler>;
  if (!pace) return processEach(handler as Handler, telemetry, isSync);
  return pacedHandler('withTracing', (work, port) => {
    const paced = pace(work, port);
    return { ...paced, handler: processEach(paced.handler, telemetry, isSync) };
  });
}

/**
 * A listener calls its handlers from a loop, whose active context is the one in which `listen` was called. It has nothing to do
 * with the event. A synchronous channel calls them from its `drain`, whose active context counts.
 */
function processEach(handler: Handler, telemetry: Telemetry, isSync: boolean): Handler {
  return (delivery) => {
    const around = isSync ? context.active() : ROOT_CONTEXT;
    const delivered = traceOf(delivery);
    const creation = delivered ? delivered.creation : creationLink(delivery.metadata);
    const extracted = contextFrom(delivery.metadata, around);
    const own = trace.getSpan(around);
    const separate = own ? trace.setSpan(extracted, own) : trace.deleteSpan(extracted);
    // The conventions: a span that is not the parent, because the publisher is, is linked.
    const ambient = telemetry.continueTrace && creation ? own?.spanContext() : undefined;
    const operation = {
      name: 'process',
      type: 'process' as const,
      queue: queueName(delivery),
      kind: SpanKind.CONSUMER,
      parent: handling(telemetry.continueTrace ? extracted : separate, delivered),
      links: [...(creation ? [creation] : []), ...(ambient ? [{ context: ambient }] : [])],
      attributes: { [MESSAGE_ID]: delivery.eventId, [ATTEMPTS]: delivery.attempts },
    };
    return runInSpan<unknown, unknown>(telemetry, operation, (active) => {
      if (delivered) delivered.process = active;
      return handler(delivery);
    });
  };
}
