import { queueName } from '../../core/options/queue-name.ts';
import type { GroupStore } from '../../queue/event-store.ts';
import type { ConsumerInfo, Consumers } from './consumers.ts';
import type { DeadLetters } from './dead-letters.ts';
import { consumerOf, groupOfConsumer, type Names } from './names.ts';
import { isOff, PlainQueue, spansOf } from './plain-queue.ts';
import type { Streams } from './streams.ts';

export interface GroupTableParts {
  readonly names: Names;
  readonly streams: Streams;
  readonly consumers: Consumers;
  readonly letters: DeadLetters;
  readonly random: () => number;
  /** The queue was deleted here. Its leases are gone. */
  readonly dropQueue: (queue: string) => void;
  /** Other contexts look at the groups of the channel again. */
  readonly announce: (channel: string) => void;
}

/** A server takes this many pulls that wait. The backend sends none that waits. */
const LEAST_WAITING = 512;
const MANY_WAITING = 8_192;

/** The groups of the channels. Each is a durable consumer, which begins after the last event of the stream. */
export class GroupTable implements GroupStore {
  readonly #parts: GroupTableParts;
  readonly #plain: PlainQueue;

  constructor(parts: GroupTableParts) {
    this.#parts = parts;
    this.#plain = new PlainQueue(parts.consumers);
  }

  async create(channel: string, group: string, hasPlain: boolean): Promise<boolean> {
    const { streams, announce } = this.#parts;
    const queue = queueName({ channel, group });
    await streams.require(channel);
    const made = await this.#make(queue);
    if (!made) return false;
    const { delivered } = made;
    if (!hasPlain) await this.#plain.turnOff(channel, delivered.stream_seq + 1);
    announce(channel);
    return true;
  }

  async delete(channel: string, group: string): Promise<boolean> {
    const { names, streams, consumers, letters, dropQueue, announce } = this.#parts;
    const queue = queueName({ channel, group });
    dropQueue(queue);
    const wasThere = await consumers.delete(queue, consumerOf(queue));
    if (wasThere) await letters.clear(queue);
    const left = await consumers.list(channel);
    const isPlainOff = left.some((info) => isOff(spansOf(info)));
    if (isPlainOff && namesOf(left).length === 0) {
      const state = await streams.state(names.stream(channel), names.due(channel));
      await this.#plain.turnOn(channel, state?.last_seq ?? 0);
    }
    announce(channel);
    return wasThere;
  }

  async list(channel: string): Promise<string[]> {
    return namesOf(await this.#parts.consumers.list(channel));
  }

  /**
   * Makes the consumer of a group. Undefined if it is there. The server refuses to change `max_waiting`, which has no other use here, so two
   * creations at once with different numbers make one consumer, and a repeated request of one creation finds its own.
   */
  async #make(queue: string): Promise<ConsumerInfo | undefined> {
    const { consumers, random } = this.#parts;
    const name = consumerOf(queue);
    if (await consumers.find(queue, name)) return undefined;
    const max_waiting = LEAST_WAITING + Math.floor(random() * MANY_WAITING);
    try {
      return await consumers.create(queue, name, 'new', { max_waiting });
    } catch (error) {
      if (await consumers.find(queue, name)) return undefined;
      throw error;
    }
  }
}

function namesOf(consumers: readonly ConsumerInfo[]): string[] {
  return consumers.flatMap(({ name }) => groupOfConsumer(name) ?? []);
}
