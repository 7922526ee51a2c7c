import { type Meter, metrics, type Tracer, trace } from '@opentelemetry/api';
import { checkOptions, checkRuntime, refuse } from '../core/options.ts';
import type { Runtime } from '../core/runtime.ts';
import { systemRuntime } from '../core/system-runtime.ts';
import { type Instruments, instrumentsOf } from './instruments.ts';

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
}

const NAME = 'ackline';

/** Errors: `TypeError` for options out of range. */
export function telemetryOf(options: TracingOptions, ownRuntime?: Runtime): Telemetry {
  checkOptions(options);
  const { tracer = trace.getTracer(NAME), meter = metrics.getMeter(NAME) } = options;
  const { continueTrace = false, createSpans = true } = options;
  const { runtime = ownRuntime ?? systemRuntime } = options;
  if (typeof tracer?.startSpan !== 'function') refuse('tracer', 'a Tracer', tracer);
  checkMeter(meter);
  if (typeof continueTrace !== 'boolean') refuse('continueTrace', 'true or false', continueTrace);
  if (typeof createSpans !== 'boolean') refuse('createSpans', 'true or false', createSpans);
  checkRuntime(runtime);
  return { tracer, instruments: instrumentsOf(meter), continueTrace, createSpans, runtime };
}

/** The meter that is given, or that of the global provider. Errors: `TypeError`. */
export function meterOf({ meter = metrics.getMeter(NAME) }: Pick<TracingOptions, 'meter'>): Meter {
  checkMeter(meter);
  return meter;
}

function checkMeter(meter: unknown): void {
  if (typeof (meter as Partial<Meter> | null)?.createHistogram !== 'function')
    refuse('meter', 'a Meter', meter);
}
