import { bury, type Death, isExpired } from '../../core/events/lifecycle.ts';
import type { EventMessage } from '../../core/events/message.ts';
import { channelOfQueue } from '../../core/options/queue-name.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import { messageOf } from '../../queue/event-shapes.ts';
import type { Claim, ClaimRequest } from '../../queue/event-store.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { valueOfText } from '../../queue/written-value.ts';
import { ACK, confirm, lose } from './confirm.ts';
import type { ConsumerInfo } from './consumers.ts';
import { type EventHeader, metadataOf, readHeader } from './event-headers.ts';
import { factsOf, HeldDelivery } from './held-delivery.ts';
import type { HeldTable } from './held-table.ts';
import { type Later, laterOf } from './later.ts';
import { consumerOf } from './names.ts';
import type { NatsMessage } from './nats-connection.ts';
import { isOff, isSkipped, spansOf } from './plain-queue.ts';
import { type Pulled, type PullParts, pull } from './pull.ts';
import type { Settler } from './settler.ts';
import { NANOS_PER_MS } from './streams.ts';

export interface ClaimerParts extends PullParts {
  readonly held: HeldTable;
  readonly settler: Settler;
  readonly later: Later;
  /** How many hints for a channel there were. */
  readonly hintsOf: (channel: string) => number;
  readonly report: (event: ObserverEvent) => void;
}

/** A new message reaches the consumers on the server a moment after the publish is confirmed. After a hint, a claim waits for it. */
const NEAR_MS = 50;

/** Takes due events from the consumer of a queue. Events that no consumer may receive are settled here. */
export class Claimer {
  readonly #parts: ClaimerParts;
  /** By queue: how many hints there were at its last claim that found nothing. */
  readonly #hintsSeen = new Map<string, number>();

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const { channel: queue, limit } = request;
    const { held, consumers, later } = this.#parts;
    const kept = held.takeKept(queue, limit);
    if (kept.length > 0) return claimOf(kept, null);
    const consumer = await consumers.require(queue);
    const channel = channelOfQueue(queue);
    const hints = this.#parts.hintsOf(channel);
    const first = await this.#pull(request, consumer, 0);
    if (first.length > 0) return claimOf(first, null);
    const hasMoved = await later.move(channel);
    const isHinted = this.#hintsSeen.get(queue) !== hints && hints > 0;
    this.#hintsSeen.set(queue, hints);
    const isNear = hasMoved || isHinted;
    const second = isNear ? await this.#pull(request, consumer, NEAR_MS) : [];
    if (second.length > 0) return claimOf(second, null);
    await this.#requirePlain(queue, consumer);
    const dueAt = Math.min(held.nextDueAt(queue), held.nextDueAt(laterOf(channel)));
    return claimOf([], Number.isFinite(dueAt) ? dueAt : null);
  }

  /** Pulls until a message may be delivered, or none is left. */
  async #pull(
    request: ClaimRequest,
    consumer: ConsumerInfo,
    waitMs: number,
  ): Promise<HeldDelivery[]> {
    const { channel: queue, limit } = request;
    for (;;) {
      // An event that no consumer waits for would count an attempt.
      if (request.signal?.aborted) return [];
      const pulled = await pull(this.#parts, queue, consumerOf(queue), limit, waitMs);
      const all = pulled.messages.map((message) => this.#take(request, consumer, pulled, message));
      const delivered = (await Promise.all(all)).filter((one) => one !== undefined);
      if (delivered.length > 0 || pulled.messages.length === 0) return delivered;
    }
  }

  /** Leases a message. Undefined if no consumer may receive it. */
  async #take(
    { channel: queue, maxAttempts }: ClaimRequest,
    consumer: ConsumerInfo,
    { sentAt }: Pulled,
    message: NatsMessage,
  ): Promise<HeldDelivery | undefined> {
    const { api, names, held: table } = this.#parts;
    const facts = factsOf(message);
    const fallback = { id: `${names.stream(queue)}#${facts.seq}`, createdAt: facts.storedAt };
    const header = readHeader(message, fallback);
    const ackWaitMs = consumer.config.ack_wait / NANOS_PER_MS;
    const { marginMs } = api.settings;
    const { reply = '' } = message;
    const held = new HeldDelivery(
      { ...facts, queue, eventId: header.id, reply, maxAttempts, ackWaitMs, marginMs },
      sentAt,
    );
    const { only } = header;
    // A redriven event returns to its queue even if that gets no others any more.
    const isForOthers = only ? only !== consumerOf(queue) : isSkipped(spansOf(consumer), facts.seq);
    if (isForOthers) {
      await confirm(this.#parts, held, ACK);
      return undefined;
    }
    const former = table.add(held);
    if (former) lose(this.#parts, former);
    const read = this.#read(held, header, message);
    if (!('state' in read)) {
      held.message = read;
      table.noteFound(queue);
      return held;
    }
    await this.#parts.settler.bury(held, header, message.data, read);
    return undefined;
  }

  /** The message for the consumer, or why the event is dead. */
  #read(held: HeldDelivery, header: EventHeader, message: NatsMessage): EventMessage | Death {
    const { queue, attempts, maxAttempts, lease } = held.parts;
    const { api } = this.#parts;
    const now = api.settings.runtime.now();
    const waiting = { attempts: attempts - 1, availableAt: header.createdAt, lastError: null };
    if (isExpired(header.createdAt, header.ttlMs, now)) return bury(waiting, 'expired', now);
    if (attempts > maxAttempts) return bury(waiting, 'attempts-exhausted', now);
    const { id, createdAt, delayMs, ttlMs, redriven, availableAt } = header;
    const dueAt = redriven?.redrivenAt ?? availableAt ?? createdAt + (delayMs ?? 0);
    const leaseExpiresAt = now + Math.max(0, Math.floor(held.leftMs(api.nowMs)));
    try {
      const event = {
        ...{ eventId: id, channel: queue, createdAt, metadata: metadataOf(header) },
        payload: valueOfText(message.string()),
        ...(delayMs !== undefined && { delayMs }),
        ...(ttlMs !== undefined && { ttlMs }),
        ...(redriven && { redriven }),
      };
      const leased = { attempts, availableAt: dueAt, leaseExpiresAt, lease, lastError: null };
      return messageOf(event, { ...leased, maxAttempts });
    } catch (error) {
      const note = `the payload is not JSON: ${String(error)}`;
      return { ...bury(waiting, 'undecodable', now), note };
    }
  }

  /** A plain queue that gets no events any more ends its consumers once it is empty. */
  async #requirePlain(queue: string, consumer: ConsumerInfo): Promise<void> {
    if (!isOff(spansOf(consumer))) return;
    const { num_pending, num_ack_pending } = await this.#parts.consumers.fresh(queue);
    if (num_pending === 0 && num_ack_pending === 0) throw noGroupError(queue);
  }
}

function claimOf(delivered: readonly HeldDelivery[], nextDueAt: number | null): Claim {
  const messages = delivered.flatMap(({ message }) => message ?? []);
  return { messages, places: delivered, nextDueAt };
}
