import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/**
 * The metrics of the semantic conventions for messaging:
 * {@link https://github.com/open-telemetry/semantic-conventions}.
 */
export interface Instruments {
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
  readonly sentMessages: Counter;
  readonly consumedMessages: Counter;
}

/** In seconds, as the conventions give them. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export function instrumentsOf(meter: Meter): Instruments {
  const durations = { unit: 's', advice: { explicitBucketBoundaries: BOUNDARIES } };
  const messages = { unit: '{message}' };
  return {
    operationDuration: meter.createHistogram('messaging.client.operation.duration', {
      ...durations,
      description: 'Duration of a publish, a receive or a settlement.',
    }),
    processDuration: meter.createHistogram('messaging.process.duration', {
      ...durations,
      description: 'Duration of a handler.',
    }),
    sentMessages: meter.createCounter('messaging.client.sent.messages', {
      ...messages,
      description: 'Events that were given to a backend.',
    }),
    consumedMessages: meter.createCounter('messaging.client.consumed.messages', {
      ...messages,
      description: 'Events that a backend has delivered.',
    }),
  };
}
