import type { EventMessage } from '../../core/events/message.ts';
import type { NatsMessage } from './nats-connection.ts';

/** What the server says about a delivery in the subject on which it is acknowledged. */
export interface DeliveryFacts {
  /** Number of the message in its stream. */
  readonly seq: number;
  /** Number of this delivery among all of the consumer. It is the fencing token. */
  readonly lease: number;
  /** Number of this delivery of the message, from 1. */
  readonly attempts: number;
  /** When the stream stored the message, in epoch milliseconds. */
  readonly storedAt: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<attempts>.<seq>.<lease>.<nanoseconds>.<pending>`. With a domain, two tokens stand before the
 * stream. {@link https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md}
 */
export function factsOf({ reply = '' }: NatsMessage): DeliveryFacts {
  const tokens = reply.split('.');
  const at = tokens.length > 9 ? 6 : 4;
  const [attempts, seq, lease, nanos] = tokens.slice(at, at + 4) as [
    string,
    string,
    string,
    string,
  ];
  return {
    ...{ seq: Number(seq), lease: Number(lease), attempts: Number(attempts) },
    storedAt: Math.floor(Number(nanos) / 1_000_000),
  };
}

export interface HeldParts extends DeliveryFacts {
  readonly queue: string;
  readonly eventId: string;
  /** Where the delivery is settled. */
  readonly reply: string;
  readonly maxAttempts: number;
  readonly ackWaitMs: number;
  readonly marginMs: number;
}

/**
 * One delivery that this context holds, with its lease by the clock of this context.
 *
 * States: `held` from the delivery on; `ended` once a settlement was sent that takes the event from this context; `lost` once the
 * lease was found to be over; `gone` once the group of the queue was deleted here. Only `end`, `lose` and `drop` change the state,
 * and only from `held`.
 *
 * The server began to count at some moment after the request for the message was sent. So `ackWaitMs` from that request is the
 * earliest moment at which it may deliver the message again. A settlement is sent up to `marginMs` before that moment.
 */
export class HeldDelivery {
  readonly parts: HeldParts;
  /** What the consumer gets. Undefined for an event that no consumer may receive. */
  message: EventMessage | undefined;
  #state: 'held' | 'ended' | 'lost' | 'gone' = 'held';
  /** On the clock that does not jump. */
  #serverEndsAt: number;

  constructor(parts: HeldParts, sentAt: number) {
    this.parts = parts;
    this.#serverEndsAt = sentAt + parts.ackWaitMs;
  }

  get state(): 'held' | 'ended' | 'lost' | 'gone' {
    return this.#state;
  }

  /** Milliseconds for which a settlement may still be sent. 0 or less: the lease is over. */
  leftMs(now: number): number {
    return this.#serverEndsAt - this.parts.marginMs - now;
  }

  /** Whether the server may have delivered the message again. */
  mayBeElsewhere(now: number): boolean {
    return now >= this.#serverEndsAt;
  }

  /** The server was asked at `sentAt` to begin the lease again, and has confirmed it in time. */
  renew(sentAt: number): void {
    this.#serverEndsAt = Math.max(this.#serverEndsAt, sentAt + this.parts.ackWaitMs);
  }

  end(): void {
    if (this.#state === 'held') this.#state = 'ended';
  }

  /** Returns whether the lease was held until now. */
  lose(): boolean {
    if (this.#state !== 'held') return false;
    this.#state = 'lost';
    return true;
  }

  drop(): void {
    if (this.#state === 'held') this.#state = 'gone';
  }
}
