import type { AsyncEventBackend } from 'ackline';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/** Acknowledges everything that is left, until two scans of every channel find nothing, and records what is dead. */
export async function drain(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  { channels, maxHoldMs, leaseMs }: SimulationPlan,
  recorder: HistoryRecorder,
): Promise<void> {
  recorder.watch(context);
  for (let emptyScans = 0; emptyScans < 2; emptyScans += 1) {
    // Leases of contexts without locks run out, and delays are over.
    await context.sleep(maxHoldMs + leaseMs + 2_000);
    for (const channel of channels) {
      const isReleased = await releaseKeys(backend, channel);
      const isDrained = await drainChannel(context, backend, channel, recorder);
      if (isReleased || isDrained) emptyScans = -1;
    }
  }
  for (const channel of channels)
    for (const { payload } of (await backend.deadLetters?.(channel, 10_000)) ?? [])
      recorder.note(context, { operation: 'dead-letter', channel, eventId: String(payload) });
  await backend.shutdown();
}

/** Answers whether a key was blocked. An expired event may block its key while the channel is drained. */
async function releaseKeys(backend: AsyncEventBackend, channel: string): Promise<boolean> {
  const keys = (await backend.blockedKeys?.(channel)) ?? [];
  for (const key of keys) await backend.releaseKey?.(channel, key);
  return keys.length > 0;
}

/** Answers whether there was anything. */
async function drainChannel(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  channel: string,
  recorder: HistoryRecorder,
): Promise<boolean> {
  let wasEmpty = true;
  for (;;) {
    const invoked = context.world.time;
    const messages =
      (await backend.dequeueMany?.(channel, 100, 0, {
        leaseMs: 1_000_000,
        maxAttempts: 1_000_000,
      })) ?? [];
    if (messages.length === 0) return !wasEmpty;
    wasEmpty = false;
    for (const { payload, lease = 0, attempts, eventId } of messages) {
      const named = { channel, eventId: String(payload), lease };
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
