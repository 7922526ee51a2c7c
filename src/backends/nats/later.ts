import type { NewEvent } from '../../queue/event-store.ts';
import type { Appender } from './appender.ts';
import { ACK, nak } from './confirm.ts';
import { readHeader } from './event-headers.ts';
import { factsOf } from './held-delivery.ts';
import type { HeldTable } from './held-table.ts';
import { LATER } from './names.ts';
import type { NatsMessage } from './nats-connection.ts';
import { connectionError, isUnheard } from './nats-errors.ts';
import { type PullParts, pull } from './pull.ts';

/** The most delayed events that one claim looks at. */
const BATCH = 100;

/** A context looks this often whether others have published the first delayed event of a channel. */
const LOOK_MS = 1_000;

export interface LaterParts extends PullParts {
  readonly held: HeldTable;
}

/** The name under which the times of a channel's delayed events are noted. No queue has it. */
export function laterOf(channel: string): string {
  return `${channel} later`;
}

/**
 * Delayed events. They lie in a subject of their own, whose consumer hands them to whatever context claims. A context that receives one
 * too early returns it with the delay that is left. One that receives it in time publishes it as an event that is due, under an id
 * that is stored once, and then acknowledges the delayed one. So the attempts of the event begin at 1.
 */
export class Later {
  readonly #parts: LaterParts;
  readonly #appender: Appender;
  /** By channel: whether it has a consumer for delayed events, and when that was found out. */
  readonly #known = new Map<string, { readonly isThere: boolean; readonly at: number }>();

  constructor(parts: LaterParts, appender: Appender) {
    this.#parts = parts;
    this.#appender = appender;
  }

  async append(event: NewEvent): Promise<void> {
    const { api, names, consumers } = this.#parts;
    await consumers.requireLater(event.channel);
    await this.#appender.append(event, names.later(event.channel));
    this.#known.set(event.channel, { isThere: true, at: api.nowMs });
  }

  /** How many events of the channel are delayed. */
  async count(channel: string): Promise<number> {
    const found = await this.#parts.consumers.find(channel, LATER);
    return found ? found.num_pending + found.num_ack_pending : 0;
  }

  /** Moves the events whose time has come. Returns whether there were any. */
  async move(channel: string): Promise<boolean> {
    if (!(await this.#isThere(channel))) return false;
    const { messages } = await pull(this.#parts, channel, LATER, BATCH);
    let hasMoved = false;
    for (const message of messages) {
      const delayMs = Math.ceil(this.#dueAt(message) - this.#parts.api.settings.runtime.now());
      if (delayMs <= 0) {
        await this.#move(channel, message);
        this.#parts.held.noteFound(laterOf(channel));
        hasMoved = true;
      } else {
        await this.#answer(message, nak(delayMs));
        this.#parts.held.noteDelay(laterOf(channel), delayMs);
      }
    }
    return hasMoved;
  }

  async #isThere(channel: string): Promise<boolean> {
    const { api, consumers } = this.#parts;
    const known = this.#known.get(channel);
    if (known && (known.isThere || api.nowMs - known.at < LOOK_MS)) return known.isThere;
    const isThere = (await consumers.find(channel, LATER)) !== undefined;
    this.#known.set(channel, { isThere, at: api.nowMs });
    return isThere;
  }

  #dueAt(message: NatsMessage): number {
    const { availableAt, createdAt, delayMs = 0 } = this.#headerOf(message);
    return availableAt ?? createdAt + delayMs;
  }

  #headerOf(message: NatsMessage) {
    const { storedAt } = factsOf(message);
    return readHeader(message, { id: '', createdAt: storedAt });
  }

  async #move(channel: string, message: NatsMessage): Promise<void> {
    const { seq } = factsOf(message);
    await this.#appender.send({
      channel,
      subject: this.#parts.names.due(channel),
      header: this.#headerOf(message),
      messageId: `later#${seq}`,
      data: message.data,
    });
    await this.#answer(message, ACK);
  }

  /** If the answer is lost, the message is delivered again, and moved again under the same id. */
  async #answer({ reply = '' }: NatsMessage, payload: string): Promise<void> {
    const { connection, requestTimeoutMs: timeout } = this.#parts.api.settings;
    await connection.request(reply, payload, { timeout }).catch((error: unknown) => {
      const { code } = connectionError(error);
      if (code !== 'unavailable' && !isUnheard(error)) throw connectionError(error);
    });
  }
}
