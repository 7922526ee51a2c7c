import {
  checkChoice,
  checkOptions,
  checkRuntime,
  checkWholeNumber,
  DEFAULT_MAX_DEAD_LETTERS,
  refuse,
} from '../../core/options/options.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import type { NatsConnection } from './nats-connection.ts';

export interface NatsBackendOptions {
  /**
   * The connection that the program has made: `connect` of `@nats-io/transport-node`, or `wsconnect` of `@nats-io/nats-core`. Give
   * it `maxReconnectAttempts: -1`, or it is closed after ten failures. The program closes it after `shutdown`.
   */
  readonly connection: NatsConnection;
  /** Begins the names of all streams and subjects: letters, digits and `-`, at most 32; default `ackline`. */
  readonly prefix?: string | undefined;
  /** The prefix of the JetStream API, for a domain or another account; default `$JS.API`. */
  readonly apiPrefix?: string | undefined;
  /** How many servers keep each stream, from 1 to 5; default 1. With 3, one server may be lost. Only for streams that are made. */
  readonly replicas?: number | undefined;
  /** Where the streams that are made lie; default `'file'`. Events in `'memory'` are lost when the server restarts. */
  readonly storage?: 'file' | 'memory' | undefined;
  /** The greatest size of a channel's stream in bytes, from 1; default: no limit. A full stream refuses publishes with `quota`. */
  readonly maxBytes?: number | undefined;
  /** The most events that a channel's stream keeps, from 1; default: no limit. A full one refuses publishes with `backlog-full`. */
  readonly maxMessages?: number | undefined;
  /**
   * Duration of a lease in milliseconds, from 100; default 30,000. It is the `ack_wait` of the consumers that are made. The event of a
   * context that ends without a shutdown is delivered again after it.
   */
  readonly leaseMs?: number | undefined;
  /**
   * A lease ends this long before the server may deliver the event again, in milliseconds, from 0; default a tenth of `leaseMs`,
   * at most 2,000. A settlement that needs longer to reach the server may meet the next delivery; see docs/nats.md.
   */
  readonly marginMs?: number | undefined;
  /**
   * How long the servers remember the id of an event, in milliseconds, from 100; default 120,000. A publish that asks for a longer
   * `dedupeWindowMs` is refused. A long window costs the servers memory for every event, and acknowledged events are kept for it.
   */
  readonly dedupeWindowMs?: number | undefined;
  /** How many dead letters of a queue are kept, from 1; default 10,000. The server deletes older ones. */
  readonly maxDeadLetters?: number | undefined;
  /** How long a call waits for the server, lost connections included, in milliseconds, from 1; default 5,000. Then: `unavailable`. */
  readonly requestTimeoutMs?: number | undefined;
  /** The clock of leases. Default: the clock of the system. The delays of retries are timed by the server. */
  readonly runtime?: Runtime | undefined;
}

export type NatsSettings = Required<{
  [Option in keyof NatsBackendOptions]: NonNullable<NatsBackendOptions[Option]>;
}>;

const PREFIX = /^[A-Za-z0-9-]{1,32}$/;
const SUBJECT = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;
const LEAST_SERVER_MS = 100;
const MAX_MARGIN_MS = 2_000;

function defaultsFor(leaseMs: number): Omit<NatsSettings, 'connection'> {
  return {
    ...{ prefix: 'ackline', apiPrefix: '$JS.API', replicas: 1, storage: 'file' },
    ...{ maxBytes: -1, maxMessages: -1, dedupeWindowMs: 120_000 },
    ...{ leaseMs, marginMs: Math.min(MAX_MARGIN_MS, Math.floor(leaseMs / 10)) },
    ...{ maxDeadLetters: DEFAULT_MAX_DEAD_LETTERS, requestTimeoutMs: 5_000 },
    runtime: systemRuntime,
  };
}

/** The options with their defaults. Throws a `TypeError` for an unknown option or a bad value. */
export function natsSettings(options: NatsBackendOptions): NatsSettings {
  if (options === undefined) refuse('options', 'an object with connection', options);
  checkOptions(options);
  const { leaseMs = 30_000 } = options;
  checkWholeNumber('leaseMs', leaseMs, LEAST_SERVER_MS);
  const defaults = defaultsFor(leaseMs);
  const settings: Record<string, unknown> = { ...defaults, connection: options.connection };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(settings, name))
      throw new TypeError(`there is no option ${JSON.stringify(name)}`);
    if (value !== undefined) settings[name] = value;
  }
  return checkSettings(settings as NatsSettings, options);
}

/** A limit that is not given is -1, as on the server. */
function checkSettings(settings: NatsSettings, given: NatsBackendOptions): NatsSettings {
  const { connection, prefix, apiPrefix, leaseMs } = settings;
  if (typeof connection?.request !== 'function' || typeof connection.status !== 'function')
    refuse(
      'connection',
      'a connection of @nats-io/transport-node or @nats-io/nats-core',
      connection,
    );
  if (typeof prefix !== 'string' || !PREFIX.test(prefix))
    refuse('prefix', `a string that matches ${PREFIX}`, prefix);
  if (typeof apiPrefix !== 'string' || !SUBJECT.test(apiPrefix))
    refuse('apiPrefix', 'a subject without wildcards', apiPrefix);
  checkChoice('replicas', settings.replicas, [1, 2, 3, 4, 5]);
  checkChoice('storage', settings.storage, ['file', 'memory']);
  if (given.maxBytes !== undefined) checkWholeNumber('maxBytes', settings.maxBytes, 1);
  if (given.maxMessages !== undefined) checkWholeNumber('maxMessages', settings.maxMessages, 1);
  checkWholeNumber('marginMs', settings.marginMs, 0);
  if (settings.marginMs >= leaseMs)
    refuse('marginMs', `below leaseMs, ${leaseMs}`, settings.marginMs);
  checkWholeNumber('dedupeWindowMs', settings.dedupeWindowMs, LEAST_SERVER_MS);
  checkWholeNumber('maxDeadLetters', settings.maxDeadLetters, 1);
  checkWholeNumber('requestTimeoutMs', settings.requestTimeoutMs, 1);
  checkRuntime(settings.runtime);
  return settings;
}
