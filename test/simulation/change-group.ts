import type { EventChannel } from 'ackline';
import { createGroup, deleteGroup } from 'ackline/groups';
import { type ConsumerParts, refusedOutcome, type SimulatedQueue } from './simulated-consumer.ts';

/** Creates a group of a channel, or deletes one, and records that. */
export async function changeGroup(
  { context, recorder, plan }: ConsumerParts,
  events: EventChannel,
  { channel, group }: Required<SimulatedQueue>,
  operation: 'create-group' | 'delete-group',
): Promise<void> {
  const change = operation === 'create-group' ? createGroup : deleteGroup;
  await recorder.call(
    context,
    [{ operation, channel, group }],
    () => change(events, channel, group),
    (isDone) => [{ outcome: isDone ? ('ok' as const) : refusedOutcome(plan) }],
  );
}
