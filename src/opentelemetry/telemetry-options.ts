import { type Attributes, type Meter, metrics, type Tracer, trace } from '@opentelemetry/api';
import { checkOptions, checkRuntime, checkWholeNumber, refuse } from '../core/options/options.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { type Instruments, instrumentsOf } from './instruments.ts';

/** A server, such as that of PostgreSQL or NATS. */
export interface TelemetryServer {
  /** The domain name, or the address, or the path of a socket. */
  readonly address: string;
  /** Default: not reported. */
  readonly port?: number | undefined;
}

/** Options of `withTracing`. */
export interface TracingOptions {
  /** Makes the spans. Default: the tracer `ackline` of the global provider, which may be registered later. */
  readonly tracer?: Tracer | undefined;
  /**
   * Makes the metrics. Default: the meter `ackline` of the global provider. Register that provider before: a meter that was
   * taken earlier records nothing.
   */
  readonly meter?: Meter | undefined;
  /**
   * Whether a process span belongs to the trace of the publisher, as a child of the span that published the event. Default
   * false: each process span begins a trace of its own and links to that span, because an event may be handled days later.
   */
  readonly continueTrace?: boolean | undefined;
  /**
   * Whether each event of a `publishMany` has a create span, to which its consumers link. Default true. With false they link
   * to the span of the whole batch, and a batch costs one span.
   */
  readonly createSpans?: boolean | undefined;
  /**
   * The server of the backend, for the attributes `server.address` and `server.port` of each span and measurement. Default: none,
   * which is right for backends that have no server, such as memory, IndexedDB, SQLite and broadcast.
   */
  readonly server?: TelemetryServer | undefined;
  /** Measures durations. Default: the runtime of the backend; for a channel `systemRuntime`. */
  readonly runtime?: Runtime | undefined;
}

/** What spans and metrics are made with. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  readonly continueTrace: boolean;
  readonly createSpans: boolean;
  readonly runtime: Runtime;
  /** The attributes of the server. */
  readonly server: Attributes;
}

const NAME = 'ackline';

/** The version of the conventions that the names of spans, metrics and attributes are of. */
const SCHEMA = { schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' };

/** Errors: `TypeError` for options out of range. */
export function telemetryOf(options: TracingOptions, ownRuntime?: Runtime): Telemetry {
  checkOptions(options);
  const { tracer = trace.getTracerProvider().getTracer(NAME, undefined, SCHEMA) } = options;
  const meter = meterOf(options);
  const { continueTrace = false, createSpans = true } = options;
  const { runtime = ownRuntime ?? systemRuntime } = options;
  if (typeof tracer?.startSpan !== 'function') refuse('tracer', 'a Tracer', tracer);
  if (typeof continueTrace !== 'boolean') refuse('continueTrace', 'true or false', continueTrace);
  if (typeof createSpans !== 'boolean') refuse('createSpans', 'true or false', createSpans);
  checkRuntime(runtime);
  const server = serverAttributes(options.server);
  const instruments = instrumentsOf(meter);
  return { tracer, instruments, continueTrace, createSpans, runtime, server };
}

/** The meter that is given, or that of the global provider. Errors: `TypeError`. */
export function meterOf(options: Pick<TracingOptions, 'meter'>): Meter {
  const { meter = metrics.getMeter(NAME, undefined, SCHEMA) } = options;
  if (typeof meter?.createHistogram !== 'function') refuse('meter', 'a Meter', meter);
  return meter;
}

function serverAttributes(server: TelemetryServer | undefined): Attributes {
  if (server === undefined) return {};
  const address = partOf(server, 'address');
  const port = partOf(server, 'port');
  if (typeof address !== 'string' || address === '')
    refuse('server', 'an object with address', server);
  if (port !== undefined) checkWholeNumber('server.port', port, 0);
  return {
    'server.address': address,
    ...(port !== undefined && { 'server.port': port as number }),
  };
}
