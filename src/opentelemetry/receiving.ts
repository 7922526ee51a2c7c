import { SpanKind } from '@opentelemetry/api';
import type { EventMessage, Lease, Settlement } from '../core/events/message.ts';
import { queueName } from '../core/options/queue-name.ts';
import type {
  AsyncEventBackend,
  DequeueOptions,
  SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { chain } from '../core/runtime/chain.ts';
import { attributesOf, MESSAGE_ID, SETTLEMENT, withoutType } from './attributes.ts';
import { DeliveryTraces } from './delivery-traces.ts';
import { runInSpan } from './run-in-span.ts';
import type { Telemetry } from './telemetry-options.ts';
import {
  creationLink,
  DELIVERY_TRACE,
  type DeliveryTrace,
  settlingParent,
} from './trace-context.ts';

type AnyBackend = AsyncEventBackend | SyncEventBackend;
type Answer = Settlement | Promise<Settlement>;

/**
 * The methods of a backend that deliver and settle events. Delivering has no span here, because a listener may wait for hours:
 * a traced channel makes the receive and process spans. Each settlement has a settle span.
 */
export function receivingMethods(
  backend: AnyBackend,
  telemetry: Telemetry,
): Readonly<Record<string, unknown>> {
  const traces = new DeliveryTraces();
  const deliver = (message: EventMessage): EventMessage => {
    const trace: DeliveryTrace = { creation: creationLink(message.metadata), process: undefined };
    const queue = queueName(message);
    traces.add(queue, message.eventId, trace);
    const { instruments, server } = telemetry;
    const subject = { name: 'dequeue', type: 'receive', queue } as const;
    instruments.consumedMessages.add(1, withoutType(attributesOf(subject, server)));
    return Object.freeze({ ...message, [DELIVERY_TRACE]: trace });
  };
  return {
    dequeue: (channel: string, pollIntervalMs: number, options?: DequeueOptions) =>
      chain(
        backend.dequeue(channel, pollIntervalMs, options) as EventMessage | null,
        (message) => message && deliver(message),
      ),
    ...(backend.dequeueMany && {
      dequeueMany: (...given: [string, number, number, DequeueOptions?]) =>
        chain(backend.dequeueMany?.(...given) as EventMessage[], (messages) =>
          messages.map(deliver),
        ),
    }),
    ack: settleWith(backend, 'ack', telemetry, traces),
    nack: settleWith(backend, 'nack', telemetry, traces),
    ...(backend.reject && { reject: settleWith(backend, 'reject', telemetry, traces) }),
  };
}

function settleWith(
  backend: AnyBackend,
  verb: 'ack' | 'nack' | 'reject',
  telemetry: Telemetry,
  traces: DeliveryTraces,
) {
  return (eventId: string, lease?: Lease, options?: object, queue?: string): Answer => {
    const trace = traces.get(queue, eventId);
    const operation = {
      name: verb,
      type: 'settle' as const,
      queue,
      kind: SpanKind.CLIENT,
      parent: settlingParent(trace),
      links: trace?.creation ? [trace.creation] : [],
      attributes: { [MESSAGE_ID]: eventId },
      onAnswer(
        settlement: Settlement,
        span: { setAttribute(name: string, value: string): unknown },
      ) {
        span.setAttribute(SETTLEMENT, settlement);
        traces.forget(queue, eventId, trace);
      },
    };
    return runInSpan<Settlement, Answer>(
      telemetry,
      operation,
      () => backend[verb]?.(eventId, lease, options, queue) as Answer,
    );
  };
}
