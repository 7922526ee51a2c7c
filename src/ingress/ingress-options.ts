import type { EventChannel } from '../core/event-channel.ts';
import type { Metadata, PublishOptions } from '../core/events/message.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { applyOptions, refuse, requireOptions } from '../core/options/options.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { defaultObserver } from '../core/reports/default-observer.ts';
import type { PlatformResponse } from '../outbox/http-types.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { ProblemIssue } from './problem-body.ts';
import type { PlatformRequest } from './web-types.ts';

/** An event as a request carries it, before it is published. */
export interface ReceivedEvent {
  /** The `type` of a CloudEvent, otherwise the last part of the path of the URL. */
  readonly channel: string;
  /**
   * The `Idempotency-Key` of the request. Without one: `source` and `id` of the CloudEvent, with a space between them, because
   * only both together name a CloudEvent. Undefined if the request has neither.
   */
  readonly id: string | undefined;
  readonly payload: unknown;
  /** The attributes of a CloudEvent, and the headers `traceparent` and `tracestate`. Null if there are none. */
  readonly metadata: Metadata | null;
  /** Options of the publish, such as `key`, `delayMs` or `durability`. A request sets none by itself. */
  readonly options?: Omit<PublishOptions, 'id'> | undefined;
  /** The identity of a CloudEvent. Absent for other requests. */
  readonly cloudEvent?: { readonly id: string; readonly source: string } | undefined;
}

/** What `authorize` returns: `true` lets the request in. */
export type Authorization = boolean | 401 | 403 | PlatformResponse;

/** Settings of an ingress that have a default or may be left out. */
interface IngressSettings {
  /**
   * Called before the body is read. Only `true` lets the request in. 401 and 403 pause an outbox until its `onUnauthorized`
   * resolves. `false` is 403. A `Response` is the answer itself, such as one with `WWW-Authenticate`. Default: every request
   * is let in.
   */
  readonly authorize?:
    | ((request: PlatformRequest) => Authorization | Promise<Authorization>)
    | undefined;
  /**
   * Changes an event before it is published. A thrown `RejectError` refuses the event for good with 422 and the error's message.
   * Any other error answers 500. Default: the event as it is.
   *
   * @example
   * map: (event) => ({ ...event, options: { key: String(event.metadata?.['partitionkey']) } })
   */
  readonly map?:
    | ((event: ReceivedEvent, request: PlatformRequest) => ReceivedEvent | Promise<ReceivedEvent>)
    | undefined;
  /** Most bytes of a body, from 1; default 1,048,576. */
  readonly maxBytes?: number | undefined;
  /** Most events of a batch, from 1; default 1,000. */
  readonly maxBatch?: number | undefined;
  /** The `Retry-After` of 429 and 503, in milliseconds from 0, sent in whole seconds; default 5,000. */
  readonly retryAfterMs?: number | undefined;
  /**
   * How long the id of each event is remembered, in milliseconds from 0; default is the channel's `dedupeWindowMs`, one day. An
   * event whose answer was lost, and that is sent again after this time, is stored twice.
   */
  readonly dedupeWindowMs?: number | undefined;
  /**
   * Compares the payload of a repeated id with the first one, as it was before `map`, for `dedupeWindowMs`. Another payload is
   * refused with 409. Default: it is not compared, the first counts, and the answer is 202.
   *
   * @example
   * fingerprints: memoryFingerprints()
   */
  readonly fingerprints?: Fingerprints | undefined;
  /**
   * What an answer says of a payload that a schema refuses, from the error of the publish. Default: only that it is refused, so
   * no answer has a part of a payload.
   *
   * @example
   * issues: schemaIssues
   */
  readonly issues?: ((error: unknown) => readonly ProblemIssue[]) | undefined;
  /** Receives the cause of each answer 500 and 503. Default: it is printed to the console. */
  readonly onFault?: ((error: unknown) => unknown) | undefined;
}

export interface IngressOptions<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
> extends IngressSettings {
  /** Its backend needs the capability `id`. */
  readonly events: EventChannel<Schema, Replies, Inputs>;
  /** The channels to which requests may publish. Any other is 404. */
  readonly channels: readonly ChannelOf<Inputs>[];
}

type DefaultedOptions = 'maxBytes' | 'maxBatch' | 'retryAfterMs' | 'onFault';

export type ResolvedIngress = Omit<IngressSettings, DefaultedOptions> & {
  readonly [Option in DefaultedOptions]: NonNullable<IngressSettings[Option]>;
} & {
  readonly events: EventChannel;
  readonly channels: ReadonlySet<string>;
};

function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') refuse(option, 'a function', value);
}

/** The default observer prints a fault. No channel is known here. */
function printFault(error: unknown): void {
  defaultObserver({ type: 'fault', during: 'resume', channel: 'the ingress', error });
}

function checkChannels(option: string, value: unknown): void {
  if (!Array.isArray(value) || value.length === 0)
    refuse(option, 'an array of channel names that is not empty', value);
  for (const name of value) checkChannelName(name);
}

function checkEvents(option: string, value: unknown): void {
  const { publishMany } = (value ?? {}) as Partial<EventChannel>;
  if (typeof publishMany !== 'function') refuse(option, 'an EventChannel', value);
}

function checkFingerprints(option: string, value: unknown): void {
  const { problemOf } = (value ?? {}) as Partial<Fingerprints>;
  if (typeof problemOf !== 'function') refuse(option, 'made by memoryFingerprints', value);
}

const DEFAULTS = {
  authorize: undefined,
  map: undefined,
  maxBytes: 1_048_576,
  maxBatch: 1_000,
  retryAfterMs: 5_000,
  dedupeWindowMs: undefined,
  fingerprints: undefined,
  issues: undefined,
  onFault: printFault,
};

const RULES = {
  authorize: checkFunction,
  map: checkFunction,
  maxBytes: 1,
  maxBatch: 1,
  retryAfterMs: 0,
  dedupeWindowMs: 0,
  fingerprints: checkFingerprints,
  issues: checkFunction,
  onFault: checkFunction,
};

export function checkIngressOptions(options: object): ResolvedIngress {
  requireOptions(options);
  const { events, channels, ...rest } = options as {
    readonly events: EventChannel;
    readonly channels: readonly string[];
  };
  checkEvents('events', events);
  checkChannels('channels', channels);
  const settings = applyOptions<Omit<ResolvedIngress, 'events' | 'channels'>>(
    DEFAULTS,
    rest,
    RULES,
  );
  return { ...settings, events, channels: new Set(channels) };
}
