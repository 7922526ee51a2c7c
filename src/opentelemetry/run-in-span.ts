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
import { describeFailure } from '../core/describe-failure.ts';
import { isPromiseLike } from '../core/is-promise-like.ts';
import { elapsedMs } from '../core/runtime.ts';
import { attributesOf, errorTypeOf, type Subject, spanNameOf } from './attributes.ts';
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
  const common = attributesOf(operation);
  const span = telemetry.tracer.startSpan(
    spanNameOf(operation),
    { kind, links: [...links], attributes: { ...common, ...attributes } },
    parent,
  );
  const active = trace.setSpan(parent, span);
  const startedAt = elapsedMs(telemetry.runtime);
  return follow<Value, Answer>(
    () => context.with(active, () => run(active)),
    (value) => {
      onAnswer?.(value, span);
      span.end();
      measure(telemetry, operation, common, startedAt, active);
    },
    (error) => {
      const failed = { 'error.type': errorTypeOf(error) };
      span.setAttributes(failed);
      span.setStatus({ code: SpanStatusCode.ERROR, message: describeFailure(error).message });
      span.end();
      measure(telemetry, operation, { ...common, ...failed }, startedAt, active);
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
  { instruments, runtime }: Telemetry,
  { type, sentCount }: Pick<Operation<never>, 'type' | 'sentCount'>,
  attributes: Attributes,
  startedAt: number,
  active: Context,
): void {
  const { operationDuration, processDuration, sentMessages } = instruments;
  const duration = type === 'process' ? processDuration : operationDuration;
  duration.record((elapsedMs(runtime) - startedAt) / 1_000, attributes, active);
  if (sentCount !== undefined) sentMessages.add(sentCount, attributes, active);
}
