import type { AsyncEventBackend, ChannelSettings } from '../../src/index.ts';
import { EventChannel, memoryBackend, memoryStore } from '../../src/index.ts';
import { QueueBackend } from '../../src/queue/queue-backend.ts';
import { type Fault, faultyStore } from '../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

/** A channel over memory, with the parts that a test inspects. */
export function openChannel(settings: ChannelSettings = {}, faults: readonly Fault[] = []) {
  const runtime = new ManualRuntime();
  const memory = memoryStore({ runtime });
  const store = faultyStore(memory, faults);
  const { notifier } = memory;
  const backend = new QueueBackend({ backendName: 'memory', store, notifier, runtime });
  const observer = recordingObserver();
  const events = new EventChannel({ backend, observer, ...settings });
  /** Another context over the same store, without the faults. */
  const other: Required<AsyncEventBackend> = memoryBackend({ store: memory }) as never;
  return { runtime, store, backend, observer, events, other };
}
