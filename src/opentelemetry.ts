export { type CountedChannel, observeBacklog } from './opentelemetry/observe-backlog.ts';
export type { TelemetryServer, TracingOptions } from './opentelemetry/telemetry-options.ts';
export { contextOf, traceHeaders } from './opentelemetry/trace-context.ts';
export { type TraceableChannel, withTracing } from './opentelemetry/with-tracing.ts';
