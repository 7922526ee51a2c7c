import type { Link } from '@opentelemetry/api';
import { context, propagation, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import {
  AggregationTemporality,
  type ExponentialHistogram,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { test as base } from 'vitest';
import { EventChannel, memoryBackend } from '../../src/index.ts';
import { type TracingOptions, withTracing } from '../../src/opentelemetry.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

/** The SDK with exporters in memory. The context manager and the propagators are those of the process. */
export function openTelemetry({ propagates = true } = {}) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  if (propagates) propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  const tracer = new TracerProvider({ spanProcessors }).getTracer('test');
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('test');
  const collect = async () => {
    metricExporter.reset();
    await provider.forceFlush();
    const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const found = scopes.flatMap(({ metrics }) => metrics);
    return found.map(({ descriptor: { name }, dataPoints }) => ({ name, dataPoints }));
  };
  const spans = () => exporter.getFinishedSpans();
  return {
    tracer,
    meter,
    spans,
    shown: () => spans().map(shown),
    /** The only span of this name. */
    span(name: string): ReadableSpan {
      const found = spans().filter((span) => span.name === name);
      if (found.length !== 1)
        throw new Error(`${found.length} spans ${name} among ${spans().map((one) => one.name)}`);
      return found[0]!;
    },
    /** The newest points of each metric. Of a histogram: the number of measurements. */
    async points() {
      const points = await collect();
      return new Map(
        points.map(({ name, dataPoints }) => [
          name,
          dataPoints.map(({ attributes, value }) => ({ ...attributes, value: countOf(value) })),
        ]),
      );
    },
    /** The sum of the first point of each histogram. */
    async sums() {
      const points = await collect();
      return new Map(
        points.map(({ name, dataPoints }) => [name, (dataPoints[0]!.value as Histogram).sum]),
      );
    },
    async end() {
      await provider.shutdown();
      context.disable();
      propagation.disable();
    },
  };
}

function countOf(value: number | Histogram | ExponentialHistogram): number {
  return typeof value === 'number' ? value : value.count;
}

export type Telemetry = ReturnType<typeof openTelemetry>;

/** Makes a traced channel over a traced backend in memory. */
export function openTraced({ tracer, meter }: Telemetry, runtime: ManualRuntime) {
  return (options: TracingOptions = {}) => {
    const given = { tracer, meter, ...options };
    const backend = withTracing(memoryBackend({ runtime }), given);
    const observer = () => undefined;
    const channel = new EventChannel<Record<string, unknown>>({ backend, observer });
    return { backend, events: withTracing(channel, given) };
  };
}

/** A test with a clock, an SDK of its own, and what opens a traced channel over both. */
export const test = base
  .extend('runtime', () => new ManualRuntime())
  .extend('sdk', ({ task: _ }, { onCleanup }) => {
    const sdk = openTelemetry();
    onCleanup(() => sdk.end());
    return sdk;
  })
  .extend('open', ({ sdk, runtime }) => openTraced(sdk, runtime));

/** What a test compares of a span: its links are the ids of spans. */
export function shown({ name, kind, attributes, links, status }: ReadableSpan) {
  return {
    name,
    kind: SpanKind[kind],
    attributes,
    links: links.map(idOf),
    ...(status.code !== SpanStatusCode.UNSET && {
      status: { code: SpanStatusCode[status.code], message: status.message },
    }),
  };
}

export function idOf({ context: { spanId } }: Link): string {
  return spanId;
}

export function spanId(span: ReadableSpan): string {
  return span.spanContext().spanId;
}

export function parentId(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId;
}
