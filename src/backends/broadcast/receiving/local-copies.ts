import { copyOf, estimateBytes } from '../../../core/admission.ts';
import type { Settlement } from '../../../core/events/message.ts';
import { DEFAULT_SETTINGS } from '../../../core/options/options.ts';
import { channelOfQueue, groupOfQueue } from '../../../core/options/queue-name.ts';
import { AcklineError } from '../../../core/reports/errors.ts';
import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import type { NewEvent, SettleRequest } from '../../../queue/event-store.ts';
import { MemoryStore } from '../../memory/memory-store.ts';
import { MAX_REASON_LENGTH, type SizedEvent, type WireReceipt } from '../wire/messages.ts';
import { LocalQueues } from './local-queues.ts';

/** The default maximum size of an event. */
const MAX_REPLY_BYTES = DEFAULT_SETTINGS.maxEventBytes;

export interface LocalCopiesOptions {
  readonly runtime: Runtime;
  readonly maxBacklogEvents: number;
  readonly maxBacklogBytes: number;
  /** Called when an event was acknowledged or rejected whose publisher waits for a receipt. */
  readonly onReceipt: (publisher: string, receipt: WireReceipt) => void;
}

/** The events of a queue that are neither acknowledged nor dead. */
interface Backlog {
  events: number;
  bytes: number;
}

/** A receipt that the publisher of an event waits for. */
interface Owed {
  readonly publisher: string;
  /** The queues that have not acknowledged the event. */
  readonly queues: Set<string>;
  isAcknowledged: boolean;
  isSent: boolean;
}

interface OpenCopy {
  readonly queue: string;
  readonly eventId: string;
  readonly bytes: number;
  readonly owed: Owed | null;
}

/**
 * The copies of this context: stored, leased and settled in its memory, and bounded for each queue. Each queue of a channel has
 * a copy of its own. This context sends one receipt for all of them: when the last queue has acknowledged the event, or at once
 * when a queue has rejected it or acknowledged it with a reply. Queues whose consumers have left are not waited for.
 *
 * Invariant: `#open` holds exactly the events that are neither acknowledged nor dead, and the backlogs count them.
 */
export class LocalCopies {
  /** The backend claims from it and inspects it directly. It adds and settles through this class. */
  readonly memory: MemoryStore;
  readonly #options: LocalCopiesOptions;
  readonly queues: LocalQueues = new LocalQueues((queue) => this.#forget(queue));
  /** By queue and event id. */
  readonly #open = new Map<string, OpenCopy>();
  readonly #backlogs = new Map<string, Backlog>();
  /** The reason of the reject in progress. */
  #reason: string | null = null;

  constructor(options: LocalCopiesOptions) {
    this.#options = options;
    this.memory = new MemoryStore(options.runtime);
    this.memory.observe((event) => {
      if (event.type === 'dead-lettered')
        this.#end(event.channel, event.eventId, 'rejected', event.reason);
    });
  }

  /** Adds a consumer of a queue until the returned function is called. */
  join(queue: string): Stop {
    this.memory.lanes.begin(queue);
    return this.queues.join(queue);
  }

  /** Adds a copy for each queue of the channel. Returns the queues that had no room. */
  add({ event, bytes }: SizedEvent, isReplayed: boolean): string[] {
    const { publisher, confirm, channel } = event;
    const queues = this.queues.of(channel);
    const owed =
      confirm && !isReplayed
        ? { publisher, queues: new Set(queues), isAcknowledged: false, isSent: false }
        : null;
    const stored = isReplayed ? { ...event, bytes, replayed: true as const } : { ...event, bytes };
    return queues.filter((queue) => !this.#addTo(queue, stored, owed));
  }

  /** Returns whether there was room. */
  #addTo(queue: string, event: NewEvent, owed: Owed | null): boolean {
    const { maxBacklogEvents, maxBacklogBytes } = this.#options;
    const { eventId, bytes } = event;
    const backlog = this.#backlogOf(queue);
    if (backlog.events >= maxBacklogEvents || backlog.bytes + bytes > maxBacklogBytes) return false;
    this.#open.set(keyOf(queue, eventId), { queue, eventId, bytes, owed });
    backlog.events += 1;
    backlog.bytes += bytes;
    this.memory.append([queue === event.channel ? event : { ...event, channel: queue }]);
    this.memory.notifier.notify([queue]);
    return true;
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return requests.map((request) => this.#settle(request));
  }

  #settle(request: SettleRequest): Settlement {
    const { eventId, command } = request;
    const queue = request.channel ?? this.memory.delivered.get(eventId)?.event.channel ?? '';
    const reply =
      command.verb === 'ack' ? this.#copyReply(queue, eventId, command.reply) : undefined;
    this.#reason = command.verb === 'reject' ? command.note : null;
    const [settlement] = this.memory.settle([request]);
    this.#reason = null;
    if (command.verb === 'ack' && settlement === 'ok')
      this.#end(queue, eventId, 'acknowledged', null, reply);
    return settlement as Settlement;
  }

  #backlogOf(queue: string): Backlog {
    const backlog = this.#backlogs.get(queue) ?? { events: 0, bytes: 0 };
    this.#backlogs.set(queue, backlog);
    return backlog;
  }

  #copyReply(queue: string, eventId: string, reply: unknown): unknown {
    if (reply === undefined || !this.#open.has(keyOf(queue, eventId))) return undefined;
    const channel = channelOfQueue(queue);
    const copy = copyOf(reply, 'reply', channel);
    if (estimateBytes(copy, MAX_REPLY_BYTES) <= MAX_REPLY_BYTES) return copy;
    const message = `a reply on ${channel} must be at most ${MAX_REPLY_BYTES} bytes`;
    throw new AcklineError('too-large', message, { channel, path: 'reply' });
  }

  #end(
    queue: string,
    eventId: string,
    outcome: WireReceipt['outcome'],
    fallback: string | null,
    reply?: unknown,
  ): void {
    const key = keyOf(queue, eventId);
    const copy = this.#open.get(key);
    this.#open.delete(key);
    if (copy === undefined) return;
    const backlog = this.#backlogOf(queue);
    backlog.events -= 1;
    backlog.bytes -= copy.bytes;
    const reason = this.#reason?.slice(0, MAX_REASON_LENGTH) ?? fallback;
    const receipt = { eventId, outcome, reason, ...(reply !== undefined && { reply }) };
    const group = groupOfQueue(queue);
    const { owed } = copy;
    if (owed === null) return;
    owed.isAcknowledged = true;
    const isRejected = outcome === 'rejected';
    const decides = isRejected || reply !== undefined;
    this.#note(copy, isRejected && group ? { ...receipt, group } : receipt, decides);
  }

  /** Sends the receipt if it decides, or if no other queue is waited for. */
  #note({ queue, owed }: OpenCopy, receipt: WireReceipt, decides = false): void {
    if (owed === null || owed.isSent) return;
    owed.queues.delete(queue);
    if (!decides && (owed.queues.size > 0 || !owed.isAcknowledged)) return;
    owed.isSent = true;
    this.#options.onReceipt(owed.publisher, receipt);
  }

  /** The last consumer of the queue has left. Its copies stay for a later one, but no publisher waits for them. */
  #forget(queue: string): void {
    const { lanes } = this.memory;
    if (groupOfQueue(queue) !== undefined && lanes.of(queue).isEmpty) lanes.delete(queue);
    // Without any queue this context is no member, and has vanished for the publishers.
    if (this.queues.of(channelOfQueue(queue)).length === 0) return;
    for (const copy of [...this.#open.values()])
      if (copy.queue === queue)
        this.#note(copy, { eventId: copy.eventId, outcome: 'acknowledged', reason: null });
  }
}

function keyOf(queue: string, eventId: string): string {
  return `${queue} ${eventId}`;
}
