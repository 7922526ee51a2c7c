import type { EventChannel } from 'ackline';
import { resultOf, waitFor } from 'ackline/results';
import type { ConsumerParts, SimulatedQueue } from './simulated-consumer.ts';

const LONGEST_PAUSE_MS = 1_500;
const TIMEOUT_MS = 2_000;

/** An event: its id, and its name in the history. */
export interface AskedEvent {
  readonly id: string;
  readonly eventId: string;
}

/** Asks after a while how an event of a queue has ended, or waits for that, and records the answer. */
export async function askResult(
  { context, recorder }: ConsumerParts,
  events: EventChannel,
  { channel, group }: SimulatedQueue,
  { id, eventId }: AskedEvent,
): Promise<void> {
  const { random } = context.world;
  const isPatient = random.chance(0.5);
  await context.sleep(random.next() * LONGEST_PAUSE_MS);
  const invoked = context.world.time;
  const result = isPatient
    ? await waitFor(events, channel, id, { timeoutMs: TIMEOUT_MS, group })
    : await resultOf(events, channel, id, { group });
  const reply = result.state === 'acknowledged' ? result.reply : undefined;
  recorder.note(
    context,
    {
      ...{ operation: 'result', channel, eventId, result: result.state },
      ...(group !== undefined && { group }),
      ...(reply !== undefined && { digest: String(reply) }),
    },
    invoked,
  );
}
