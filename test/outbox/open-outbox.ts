import {
  type AsyncEventBackend,
  type Delivery,
  EventChannel,
  memoryBackend,
  memoryStore,
} from '../../src/index.ts';
import { createOutbox, type Sender } from '../../src/outbox.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';
import { deferred } from '../support/deferred.ts';

/** So long that the listener claims again within a test only if a hint or the outbox wakes it. */
const POLL_MS = 3_600_000;

/** A network that the test cuts and restores. */
export function manualNetwork(isOnline = true) {
  const watchers = new Set<() => void>();
  let online = isOnline;
  return {
    watcherCount: () => watchers.size,
    isOnline: () => online,
    watch: (onChange: () => void) => {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    set(isNowOnline: boolean) {
      online = isNowOnline;
      for (const watcher of watchers) watcher();
    },
  };
}

/** A server that answers each request when the test says so. */
export function manualServer() {
  const requests: {
    readonly delivery: Delivery;
    readonly signal: AbortSignal;
    readonly answer: (outcome: Awaited<ReturnType<Sender>>) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const send: Sender = (delivery, signal) => {
    const { promise, resolve, reject } = deferred<Awaited<ReturnType<Sender>>>();
    signal.addEventListener('abort', () => reject(signal.reason));
    requests.push({ delivery, signal, answer: resolve, fail: reject });
    return promise as ReturnType<Sender>;
  };
  return { requests, send };
}

type Given = Omit<Parameters<typeof createOutbox>[0], 'events' | 'channel'>;

function openMemory() {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const observer = recordingObserver();
  const backend = memoryBackend({ store });
  const events = new EventChannel({ backend, observer, pollIntervalMs: POLL_MS });
  /** Another context over the same store. */
  const other: Required<AsyncEventBackend> = memoryBackend({ store }) as never;
  return { runtime, backend, observer, events, other };
}

/**
 * An outbox over memory with `count` events, a clock that the test moves, and a server that the test answers for. There is no
 * jitter unless it is given.
 */
export async function openFilled(count: number, given: Partial<Given> = {}) {
  const opened = openMemory();
  const { events, runtime } = opened;
  const network = manualNetwork();
  const server = manualServer();
  const publish = (many: number) => {
    const drafts = Array.from({ length: many }, (_, payload) => ({ channel: 'orders', payload }));
    return events.publishMany(drafts);
  };
  await publish(count);
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: server.send,
    connectivity: network,
    returnJitterMs: 0,
    ...given,
  });
  await runtime.settle();
  return { ...opened, ...server, network, outbox, publish, view: outbox.watch() };
}
