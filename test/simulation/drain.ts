import type { AsyncEventBackend } from 'ackline';
import { groups } from 'ackline/groups';
import { queueName } from '../../src/core/options/queue-name.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedQueue } from './simulated-consumer.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/** Acknowledges everything that is left, until two scans of every queue find nothing, and records what is dead. */
export async function drain(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  { channels, maxHoldMs, leaseMs }: SimulationPlan,
  recorder: HistoryRecorder,
): Promise<void> {
  recorder.watch(context);
  const queues = await queuesOf(backend, channels);
  for (let emptyScans = 0; emptyScans < 2; emptyScans += 1) {
    // Leases of contexts without locks run out, and delays are over.
    await context.sleep(maxHoldMs + leaseMs + 2_000);
    for (const queue of queues) {
      const isReleased = await releaseKeys(backend, queue);
      const isDrained = await drainQueue(context, backend, queue, recorder);
      if (isReleased || isDrained) emptyScans = -1;
    }
  }
  await noteDeadLetters(context, backend, queues, recorder);
  await backend.shutdown();
}

/** Records the dead letters that there are now. */
export async function noteDeadLetters(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  queues: readonly SimulatedQueue[],
  recorder: HistoryRecorder,
): Promise<void> {
  for (const queue of queues)
    for (const { payload } of (await backend.deadLetters?.(queueName(queue), 10_000)) ?? [])
      recorder.note(context, { operation: 'dead-letter', ...queue, eventId: String(payload) });
}

/** The channels, with the groups that are left. */
export async function queuesOf(
  backend: AsyncEventBackend,
  channels: readonly string[],
): Promise<SimulatedQueue[]> {
  const queues: SimulatedQueue[] = [];
  for (const channel of channels) {
    queues.push({ channel });
    const names = backend.capabilities?.groups ? await groups(backend, channel) : [];
    queues.push(...names.map((group) => ({ channel, group })));
  }
  return queues;
}

/** Answers whether a key was blocked. An expired event may block its key while the channel is drained. */
export async function releaseKeys(
  backend: AsyncEventBackend,
  queue: SimulatedQueue,
): Promise<boolean> {
  const channel = queueName(queue);
  const keys = (await backend.blockedKeys?.(channel)) ?? [];
  for (const key of keys) await backend.releaseKey?.(channel, key);
  return keys.length > 0;
}

/** Answers whether there was anything. */
async function drainQueue(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  queue: SimulatedQueue,
  recorder: HistoryRecorder,
): Promise<boolean> {
  let wasEmpty = true;
  for (;;) {
    const invoked = context.world.time;
    const messages =
      (await backend.dequeueMany?.(queueName(queue), 100, 0, {
        leaseMs: 1_000_000,
        maxAttempts: 1_000_000,
      })) ?? [];
    if (messages.length === 0) return !wasEmpty;
    wasEmpty = false;
    for (const { payload, lease = 0, attempts, eventId } of messages) {
      const named = { ...queue, eventId: String(payload), lease };
      recorder.note(context, { operation: 'deliver', ...named, attempts }, invoked);
      await recorder.call(
        context,
        [{ operation: 'ack', ...named }],
        () => backend.ack(eventId, lease),
        (answer) => [{ outcome: answer === 'ok' ? 'ok' : 'failed' }],
      );
    }
  }
}
