import type { Metadata, PublishOptions } from '../../core/events/message.ts';
import type { Capabilities } from '../../core/protocols/capability.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { codeOf } from '../../core/reports/errors.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { runLetters } from '../../queue/run-letters.ts';
import type { NatsStatus } from './connection-watch.ts';
import { JetStream } from './jetstream.ts';
import { type NatsBackendOptions, natsSettings } from './nats-options.ts';
import { NatsStore } from './nats-store.ts';

/** What JetStream 2.9 can promise. docs/nats.md says why the others are missing. */
const CAPABILITIES: Capabilities = Object.freeze({
  dequeueMany: true,
  extend: true,
  reject: true,
  stats: true,
  deadLetters: true,
  cursor: true,
  redrive: true,
  purge: true,
  groups: true,
  observe: true,
  delayMs: true,
  availableAt: true,
  ttlMs: true,
  id: true,
  maxEventBytes: true,
  maxAttempts: true,
});

/** Verbs of other backends over a store. `publishMany` would not be one step, so the channel calls `publish` for each event. */
const NOT_DECLARED = {
  publishMany: undefined,
  retryNow: undefined,
  blockedKeys: undefined,
  releaseKey: undefined,
};

/** A backend with what is known about its connection. */
export interface NatsBackend extends AsyncEventBackend {
  status(): NatsStatus;
  /** Calls `watcher` at each change of the status, until the returned function is called. */
  watchStatus(watcher: (status: NatsStatus) => void): Stop;
}

/**
 * Keeps events in JetStream, over a connection that the program has made. Streams and consumers are made when they are first needed.
 * `shutdown` does not close the connection. Errors of calls: `unavailable`; `forbidden`; `quota`; `backlog-full`; `too-large`;
 * `unsupported`; `foreign-database`; `storage`.
 *
 * @example
 * const connection = await connect({ servers: 'localhost:4222', maxReconnectAttempts: -1 }); // of @nats-io/transport-node
 * const events = new EventChannel({ backend: natsBackend({ connection }) });
 */
export function natsBackend(options: NatsBackendOptions): NatsBackend {
  const settings = natsSettings(options);
  const api = new JetStream(settings);
  const store = new NatsStore(api);
  const backend = new QueueBackend({
    backendName: 'NATS',
    store,
    notifier: store.notifier,
    runtime: settings.runtime,
    capabilities: CAPABILITIES,
    runLetters,
    prepare: () => api.watch.start(),
  });
  const publish = backend.publish.bind(backend);
  const shutdown = backend.shutdown.bind(backend);
  const { dedupeWindowMs } = settings;
  return Object.assign(backend, {
    status: () => api.watch.status,
    watchStatus: (watcher: (status: NatsStatus) => void) => api.watch.watch(watcher),
    publish: (
      channel: string,
      payload: unknown,
      metadata?: Metadata | null,
      given?: PublishOptions,
    ) => publish(channel, payload, metadata, withWindow(given, dedupeWindowMs)),
    shutdown: () => shutdown().catch(ignoreClosed),
    ...NOT_DECLARED,
  }) as unknown as NatsBackend;
}

/** Over a connection that the program has closed nothing can be released. The server does so when the leases end. */
function ignoreClosed(error: unknown): void {
  if (codeOf(error) !== 'closed') throw error;
}

/** An id is remembered for the window of the backend, unless the caller asks for another one. */
function withWindow(
  given: PublishOptions | undefined,
  dedupeWindowMs: number,
): PublishOptions | undefined {
  if (given?.id === undefined || given.dedupeWindowMs !== undefined) return given;
  return { ...given, dedupeWindowMs };
}
