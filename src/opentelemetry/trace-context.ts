import {
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import type { EventMessage, Metadata } from '../core/events/message.ts';
import { partOf } from '../core/runtime/part-of.ts';

/** What is known of the traces of one delivery. */
export interface DeliveryTrace {
  /** To the span that published the event. */
  readonly creation: Link | undefined;
  /** The context of the process span, from its start. */
  process: Context | undefined;
}

/**
 * A traced backend delivers messages with this property. A delivery has it, too, because it has all properties of its message.
 * A structured clone leaves it out.
 */
export const DELIVERY_TRACE: unique symbol = Symbol('ackline.delivery-trace');

export function traceOf(delivery: object): DeliveryTrace | undefined {
  return partOf(delivery, DELIVERY_TRACE) as DeliveryTrace | undefined;
}

/** Metadata may have values that are not strings. */
const getter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata),
  get(metadata, name) {
    const value = metadata[name];
    return typeof value === 'string' ? value : undefined;
  },
};

/** `around` with what the metadata of an event carry: the span that published it, and its baggage. */
export function contextFrom(metadata: Metadata | null, around: Context): Context {
  return metadata ? propagation.extract(around, metadata, getter) : around;
}

/** A link to the span that the metadata name. Undefined if they name none. */
export function creationLink(metadata: unknown): Link | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const created = trace.getSpanContext(contextFrom(metadata as Metadata, ROOT_CONTEXT));
  return created && isSpanContextValid(created) ? { context: created } : undefined;
}

/**
 * The metadata with the fields that the propagator of the application writes: `traceparent`, `tracestate` and, where there is
 * any, `baggage`. Metadata that are no plain object are left to the backend, which refuses them.
 */
export function withContext(metadata: Metadata | null, created: Context): Metadata | null {
  if (metadata !== null && !isPlain(metadata)) return metadata;
  const carrier: Record<string, string> = {};
  propagation.inject(created, carrier);
  return Object.keys(carrier).length > 0 ? { ...metadata, ...carrier } : metadata;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The trace context of a delivery: that of its process span, if a traced channel handles it, otherwise that of the span that
 * published it. Use it where the active context is lost, because browsers do not keep one over an `await`, and in a handler of
 * `inBatches`, which has one active context for all its deliveries.
 *
 * @example
 * events.listen('order.placed', async (delivery) => {
 *   await upload(delivery.payload);
 *   context.with(contextOf(delivery), () => tracer.startSpan('notify').end());
 * });
 */
export function contextOf(delivery: Pick<EventMessage, 'metadata'>): Context {
  return traceOf(delivery)?.process ?? contextFrom(delivery.metadata, ROOT_CONTEXT);
}

/**
 * The headers that carry the trace context of a delivery to a server: those that the propagator of the application writes. An
 * ingress stores `traceparent` and `tracestate` in the metadata of the event. Pass the function to `httpSender`.
 *
 * @example
 * const send = httpSender({ url: '/events/order.placed', headers: traceHeaders });
 */
export function traceHeaders(delivery: Pick<EventMessage, 'metadata'>): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(contextOf(delivery), headers);
  return headers;
}

/** The delivery whose handler runs in a context. */
const HANDLED: symbol = createContextKey('ackline.handled');

/** The context in which the handler of a delivery runs. */
export function handling(around: Context, delivery: DeliveryTrace | undefined): Context {
  return around.setValue(HANDLED, delivery);
}

/**
 * The parent of a settle span. A settlement within the handler is a child of what is active there. The one that follows the
 * return of the handler is a child of the process span, although the active context is then that of the listener.
 */
export function settlingParent(delivery: DeliveryTrace | undefined): Context {
  const active = context.active();
  const isWithin = active.getValue(HANDLED) === delivery;
  return isWithin ? active : (delivery?.process ?? active);
}
