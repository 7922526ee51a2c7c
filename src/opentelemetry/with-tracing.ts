import { refuse } from '../core/options/options.ts';
import { decoratedBackend } from '../core/protocols/decorated-backend.ts';
import {
  type AsyncEventBackend,
  isAsyncEventBackend,
  isSyncEventBackend,
  type SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { backendOf, joinBackend, leaveBackend } from '../core/protocols/shared-backend.ts';
import { receivingMethods } from './receiving.ts';
import { sendingMethods } from './sending.ts';
import { type TracingOptions, telemetryOf } from './telemetry-options.ts';
import { type AnyChannel, channelMethods } from './traced-channel.ts';

/** An `EventChannel` or a `SyncEventChannel`, of any schema. */
export interface TraceableChannel {
  listen(...given: never[]): unknown;
  dequeue(...given: never[]): unknown;
  dequeueMany(...given: never[]): unknown;
}

/**
 * The same backend or channel, with spans and metrics by the semantic conventions of OpenTelemetry for messaging. Wrap both.
 *
 * - A backend: each publish has a send span, whose context the metadata of the event carry (`traceparent`, `tracestate`), and
 *   each ack, nack and reject has a settle span. Counts the events that are sent and delivered.
 * - A channel: each handler of `listen` runs within a process span, which is active meanwhile. `dequeue`, `dequeueMany` and
 *   `iterEvents` have receive spans. Both kinds link to the send spans of their events.
 *
 * No span and no metric has a payload, metadata or a key. Messages of errors are the status of a failed span. Metadata that
 * already carry a trace context keep it. Put the wrapper around other wrappers, such as `withCodec` and `withSchemas`. Share
 * the returned backend between channels: the shutdown of its last channel shuts the given backend down.
 *
 * Without a registered SDK all spans and metrics are of the API, which drops them. Errors: `TypeError` for options out of range.
 *
 * Source: the pages on messaging of {@link https://github.com/open-telemetry/semantic-conventions}.
 *
 * @example
 * const backend = withTracing(indexedDbBackend({ database: 'shop' }));
 * const events = withTracing(new EventChannel<Shop>({ backend }));
 */
export function withTracing<Target extends AsyncEventBackend | SyncEventBackend | TraceableChannel>(
  target: Target,
  options: TracingOptions = {},
): Target {
  if (isAsyncEventBackend(target) || isSyncEventBackend(target)) {
    const telemetry = telemetryOf(options, target.runtime);
    return decoratedBackend(target, {
      ...sendingMethods(target, telemetry),
      ...receivingMethods(target, telemetry),
    }) as Target;
  }
  if (typeof (target as Partial<AnyChannel> | null)?.listen !== 'function')
    refuse('the first argument', 'an event backend or an event channel', target);
  const telemetry = telemetryOf(options);
  const backend = backendOf(target);
  const methods = channelMethods(target as AnyChannel, telemetry, isSyncEventBackend(backend));
  const channel = decoratedBackend(target, methods);
  if (backend) {
    // `ackline/inspection` finds the backend of a channel by this. The wrapper is no client of its own.
    joinBackend(backend, channel);
    leaveBackend(backend);
  }
  return channel as Target;
}
