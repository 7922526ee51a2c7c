import { channelOfQueue } from '../../core/options/queue-name.ts';
import { LocalNotifier, type Notifier, type Subscription } from '../../queue/notifier.ts';
import type { Names } from './names.ts';
import type { NatsConnection } from './nats-connection.ts';

export interface HintNotifierParts {
  readonly connection: NatsConnection;
  readonly names: Names;
  /** Names this backend, so that it ignores its own hints. */
  readonly ownId: string;
  /** The groups of the channel have changed in another context. */
  readonly onGroups: (channel: string) => void;
}

const GROUPS = 'groups ';

/**
 * Hints between the consumers of a channel, as plain messages that no stream keeps. All hints of one turn for a channel are one message.
 * A lost hint delays an event by one poll interval.
 */
export class HintNotifier implements Notifier {
  readonly #parts: HintNotifierParts;
  readonly #local = new LocalNotifier();
  readonly #subscriptions = new Map<string, { unsubscribe(): void }>();
  readonly #pending = new Set<string>();
  /** By channel. */
  readonly #counts = new Map<string, number>();
  #isClosed = false;

  constructor(parts: HintNotifierParts) {
    this.#parts = parts;
  }

  notify(queues: Iterable<string>): void {
    const all = [...queues];
    for (const queue of all) this.#count(channelOfQueue(queue));
    this.#local.notify(all);
    if (this.#pending.size === 0) queueMicrotask(() => this.#sendPending());
    for (const queue of all) this.#pending.add(channelOfQueue(queue));
  }

  /** How many hints for the channel there were in this context, its own included. */
  countOf(channel: string): number {
    return this.#counts.get(channel) ?? 0;
  }

  #count(channel: string): void {
    this.#counts.set(channel, this.countOf(channel) + 1);
  }

  /** Wakes the consumers of every context after the groups of the channel have changed here. */
  announceGroups(channel: string): void {
    this.#local.notify([channel]);
    this.#send(channel, GROUPS + this.#parts.ownId);
  }

  subscribe(queue: string, wake: () => void): Subscription {
    this.#listen(channelOfQueue(queue));
    return this.#local.subscribe(queue, wake);
  }

  close(): void {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions.values())
      quietly(() => subscription.unsubscribe());
    this.#subscriptions.clear();
  }

  /** Once for each channel: consumers come and go often. */
  #listen(channel: string): void {
    const { connection, names } = this.#parts;
    if (this.#isClosed || this.#subscriptions.has(channel)) return;
    quietly(() => {
      const subscription = connection.subscribe(names.hint(channel), {
        // An error means that the rights are missing. Consumers then find events at their polls.
        callback: (error, message) => error ?? this.#receive(channel, message.string()),
      });
      this.#subscriptions.set(channel, subscription);
    });
  }

  #receive(channel: string, text: string): void {
    const { ownId, onGroups } = this.#parts;
    if (text.endsWith(ownId)) return;
    if (text.startsWith(GROUPS)) onGroups(channel);
    this.#count(channel);
    this.#local.notify([channel]);
  }

  #sendPending(): void {
    const channels = [...this.#pending];
    this.#pending.clear();
    for (const channel of channels) this.#send(channel, this.#parts.ownId);
  }

  #send(channel: string, text: string): void {
    if (this.#isClosed) return;
    quietly(() => this.#parts.connection.publish(this.#parts.names.hint(channel), text));
  }
}

/** A connection that is closed throws. The calls that need it report that. */
function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // See above.
  }
}
