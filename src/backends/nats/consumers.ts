import { noGroupError } from '../../queue/group-queues.ts';
import type { JetStream } from './jetstream.ts';
import { consumerOf, LATER, type Names, PLAIN } from './names.ts';
import { NANOS_PER_MS, type Streams } from './streams.ts';

export interface ConsumerInfo {
  readonly name: string;
  readonly created: string;
  readonly config: {
    readonly ack_wait: number;
    readonly max_waiting: number;
    readonly description?: string;
  };
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
  readonly num_ack_pending: number;
  readonly num_pending: number;
}

interface Page {
  readonly total: number;
  readonly consumers: readonly ConsumerInfo[] | null;
}

/** A cached answer is asked for again after this time, in the background, so that a context sees what others have done to a consumer. */
const FRESH_MS = 1_000;

interface Known {
  readonly info: Promise<ConsumerInfo>;
  readonly at: number;
}

/**
 * The durable consumers of the streams: one for the plain queue of a channel, made when it is first needed, one for each group, and
 * one for delayed events.
 */
export class Consumers {
  readonly #api: JetStream;
  readonly #names: Names;
  readonly #streams: Streams;
  readonly #known = new Map<string, Known>();

  constructor(api: JetStream, names: Names, streams: Streams) {
    this.#api = api;
    this.#names = names;
    this.#streams = streams;
  }

  /** The consumer of a queue. Its counts may be old; its configuration is about a second old at most. Error: `no-group`. */
  require(queue: string): Promise<ConsumerInfo> {
    return this.#once(queue, consumerOf(queue), () => this.fresh(queue));
  }

  /** The consumer that gets the delayed events of a channel. */
  requireLater(channel: string): Promise<ConsumerInfo> {
    return this.#once(channel, LATER, async () => {
      await this.#streams.require(channel);
      return this.create(channel, LATER, 'all');
    });
  }

  /** The consumer of a queue with its counts of now. */
  async fresh(queue: string): Promise<ConsumerInfo> {
    const consumer = consumerOf(queue);
    const found = await this.find(queue, consumer);
    if (found) return found;
    if (consumer !== PLAIN) throw noGroupError(queue);
    this.#streams.forget(queue);
    await this.#streams.require(queue);
    return this.create(queue, consumer, 'all');
  }

  find(queue: string, consumer: string): Promise<ConsumerInfo | undefined> {
    return this.#api.find(`CONSUMER.INFO.${this.#names.stream(queue)}.${consumer}`);
  }

  /** Makes a consumer, or changes its description. `others` are further parts of its configuration. */
  async create(
    queue: string,
    consumer: string,
    deliver: 'all' | 'new',
    others?: { readonly description: string } | { readonly max_waiting: number },
  ): Promise<ConsumerInfo> {
    const stream = this.#names.stream(queue);
    const isLater = consumer === LATER;
    const { leaseMs } = this.#api.settings;
    const config = {
      ...{ durable_name: consumer, deliver_policy: deliver, ack_policy: 'explicit' },
      ...{ replay_policy: 'instant', max_deliver: -1, max_ack_pending: -1 },
      ack_wait: leaseMs * NANOS_PER_MS,
      filter_subject: isLater ? this.#names.later(queue) : this.#names.due(queue),
      ...others,
    };
    const asked = { stream_name: stream, config };
    this.forget(queue, consumer);
    return this.#api.ask(`CONSUMER.DURABLE.CREATE.${stream}.${consumer}`, asked);
  }

  /** Resolves with false if there was none. */
  async delete(queue: string, consumer: string): Promise<boolean> {
    this.forget(queue, consumer);
    const stream = this.#names.stream(queue);
    return (await this.#api.find(`CONSUMER.DELETE.${stream}.${consumer}`)) !== undefined;
  }

  /** All consumers of a channel, the oldest first. Empty if there is no stream. */
  async list(channel: string): Promise<ConsumerInfo[]> {
    const found: ConsumerInfo[] = [];
    for (;;) {
      const asked = { offset: found.length };
      const verb = `CONSUMER.LIST.${this.#names.stream(channel)}`;
      const page = await this.#api.find<Page>(verb, asked);
      found.push(...(page?.consumers ?? []));
      if (!page?.consumers?.length || found.length >= page.total) break;
    }
    return found.sort((a, b) => (a.created < b.created ? -1 : 1));
  }

  forgetAll(channel: string): void {
    const stream = `${this.#names.stream(channel)} `;
    for (const key of this.#known.keys()) if (key.startsWith(stream)) this.#known.delete(key);
  }

  forget(queue: string, consumer: string = consumerOf(queue)): void {
    this.#known.delete(`${this.#names.stream(queue)} ${consumer}`);
  }

  #once(queue: string, consumer: string, ask: () => Promise<ConsumerInfo>): Promise<ConsumerInfo> {
    const key = `${this.#names.stream(queue)} ${consumer}`;
    const known = this.#known.get(key);
    if (known && this.#api.nowMs - known.at < FRESH_MS) return known.info;
    const info = ask();
    // An old answer is used until the new one has come, so that a claim does not wait for it.
    this.#known.set(key, { info: known?.info ?? info, at: this.#api.nowMs });
    info.then(
      () => this.#known.has(key) && this.#known.set(key, { info, at: this.#api.nowMs }),
      () => this.#known.delete(key),
    );
    return known?.info ?? info;
  }
}
