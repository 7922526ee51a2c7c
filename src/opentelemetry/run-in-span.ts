import {
  type Attributes,
  type Context,
  context,
  type Link,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { describeFailure } from '../core/options/describe-failure.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { elapsedMs } from '../core/runtime/runtime.ts';
import { attributesOf, errorTypeOf, type Subject, spanNameOf, withoutType } from './attributes.ts';
import type { Telemetry } from './telemetry-options.ts';

export interface Operation<Value> extends Subject {
  readonly kind: SpanKind;
  /** Default: the active context. */
  readonly parent?: Context | undefined;
  readonly links?: readonly Link[] | undefined;
  /** Attributes of the span alone. */
  readonly attributes?: Attributes | undefined;
  /** Events that the operation sends. */
  readonly sentCount?: number | undefined;
  /** Called with the answer, before the span ends. */
  readonly onAnswer?: ((value: Value, span: Span) => void) | undefined;
  /** Called when the operation fails, before the span ends. */
  readonly onError?: (() => void) | undefined;
}

/**
 * Calls `run` within a span, and returns its answer. The span ends when the answer is there. An error ends it with the status
 * ERROR. `run` receives the context that is active meanwhile.
 */
export function runInSpan<Value, Answer extends Value | PromiseLike<Value>>(
  telemetry: Telemetry,
  operation: Operation<Value>,
  run: (active: Context) => Answer,
): Answer {
  const { kind, links = [], parent = context.active(), attributes, onAnswer } = operation;
  const { runtime, server, tracer } = telemetry;
  const common = attributesOf(operation, server);
  const startTime = runtime.now();
  const terms = { kind, startTime, links: [...links], attributes: { ...common, ...attributes } };
  const span = tracer.startSpan(spanNameOf(operation), terms, parent);
  const active = trace.setSpan(parent, span);
  const startedAt = elapsedMs(runtime);
  /** The span and the metric have the same duration. */
  const end = (measured: Attributes) => {
    const ms = elapsedMs(runtime) - startedAt;
    span.end(startTime + ms);
    measure(telemetry, operation, measured, ms, active);
  };
  return follow<Value, Answer>(
    () => context.with(active, () => run(active)),
    (value) => {
      onAnswer?.(value, span);
      end(common);
    },
    (error) => {
      operation.onError?.();
      const failed = { 'error.type': errorTypeOf(error) };
      span.setAttributes(failed);
      span.setStatus({ code: SpanStatusCode.ERROR, message: describeFailure(error).message });
      end({ ...common, ...failed });
    },
  );
}

/** Calls one of both functions with the end of `run`, and returns or throws what it did. A promise is followed to its end. */
export function follow<Value, Answer extends Value | PromiseLike<Value>>(
  run: () => Answer,
  onValue: (value: Value) => void,
  onError: (error: unknown) => void,
): Answer {
  let answer: Answer;
  try {
    answer = run();
  } catch (error) {
    onError(error);
    throw error;
  }
  if (!isPromiseLike(answer)) {
    onValue(answer as Value);
    return answer;
  }
  return answer.then(
    (value) => {
      onValue(value as Value);
      return value;
    },
    (error: unknown) => {
      onError(error);
      throw error;
    },
  ) as Answer;
}

function measure(
  { instruments }: Telemetry,
  { type, sentCount }: Pick<Operation<never>, 'type' | 'sentCount'>,
  attributes: Attributes,
  ms: number,
  active: Context,
): void {
  const { operationDuration, processDuration, sentMessages } = instruments;
  if (type === 'process') processDuration.record(ms / 1_000, withoutType(attributes), active);
  else operationDuration.record(ms / 1_000, attributes, active);
  if (sentCount !== undefined) sentMessages.add(sentCount, withoutType(attributes), active);
}
