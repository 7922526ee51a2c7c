import type { ChannelStats, EventMessage, Lease } from '../../core/events/message.ts';
import type { AsyncEventBackend, DequeueOptions } from '../../core/protocols/protocols.ts';
import type { ConformanceContext } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

/** The channel of every case that needs only one. */
export const CHANNEL = 'orders';

export const LEASE_MS = 30_000;

export const TEN_YEARS_MS: number = 10 * 365 * 86_400_000;

/** A backend with the optional verbs that a case names in its `requires`. */
export type FullBackend = Required<AsyncEventBackend>;

export type LeasedMessage = EventMessage & { readonly lease: Lease };

export function openBackend(context: ConformanceContext): FullBackend {
  return context.open() as FullBackend;
}

/** Publishes one event for each payload, one after the other, and resolves with their ids. */
export async function publishEach(
  backend: AsyncEventBackend,
  ...payloads: readonly unknown[]
): Promise<string[]> {
  const eventIds: string[] = [];
  for (const payload of payloads) eventIds.push(await backend.publish(CHANNEL, payload));
  return eventIds;
}

/** The counts of the stats that every backend has. */
export function countsOf({ ready, leased, scheduled, dead }: ChannelStats): ChannelStats {
  return { ready, leased, scheduled, dead };
}

/** The next event. Fails if none is due. */
export async function takeNext(
  backend: AsyncEventBackend,
  options?: DequeueOptions,
): Promise<LeasedMessage> {
  const message = await backend.dequeue(CHANNEL, 0, options);
  if (message === null) throw new Error('expected an event to be delivered, saw none');
  return message as LeasedMessage;
}

export async function expectNothingDue(
  backend: AsyncEventBackend,
  channel: string = CHANNEL,
): Promise<void> {
  const message = await backend.dequeue(channel, 0);
  expectEqual(message, null, `what ${channel} delivers`);
}

/** Acknowledges every due event of a channel. Resolves with the payloads in order of delivery. */
export async function takePayloads(
  backend: AsyncEventBackend,
  channel: string = CHANNEL,
): Promise<unknown[]> {
  const payloads: unknown[] = [];
  // A backend that delivers the same event for ever must fail, not hang.
  while (payloads.length < 1_000) {
    const message = await backend.dequeue(channel, 0);
    if (message === null) return payloads;
    payloads.push(message.payload);
  }
  throw new Error(`expected ${channel} to run out of events, saw 1,000`);
}

/** Publishes one event for each payload and rejects it, with the payload as the reason. Resolves with their ids. */
export async function rejectEach(
  backend: FullBackend,
  ...payloads: readonly unknown[]
): Promise<string[]> {
  const eventIds = await publishEach(backend, ...payloads);
  for (const payload of payloads) {
    const { eventId, lease } = await takeNext(backend);
    await backend.reject(eventId, lease, { reason: String(payload) });
  }
  return eventIds;
}

/** The payloads of a channel's dead letters, oldest first. */
export async function deadPayloads(backend: FullBackend): Promise<unknown[]> {
  const letters = await backend.deadLetters(CHANNEL, 100);
  return letters.map(({ payload }) => payload);
}

/** Publishes one event for each payload, with the key that is the first letter of the payload. */
export async function publishKeyed(
  backend: FullBackend,
  ...payloads: readonly string[]
): Promise<string[]> {
  const eventIds: string[] = [];
  for (const payload of payloads)
    eventIds.push(await backend.publish(CHANNEL, payload, null, { key: payload.charAt(0) }));
  return eventIds;
}

/** The next `limit` events, claimed one by one. */
export async function takeMany(backend: FullBackend, limit: number): Promise<LeasedMessage[]> {
  const messages: LeasedMessage[] = [];
  for (let count = 0; count < limit; count += 1) messages.push(await takeNext(backend));
  return messages;
}

export function payloadsOf(messages: readonly LeasedMessage[]): unknown[] {
  return messages.map(({ payload }) => payload);
}

export async function ackAll(
  backend: FullBackend,
  messages: readonly LeasedMessage[],
): Promise<void> {
  for (const { eventId, lease } of messages)
    expectEqual(await backend.ack(eventId, lease), 'ok', 'an ack');
}
