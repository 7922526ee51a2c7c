import { copyOf, estimateBytes } from '../../../core/admission.ts';
import { AcklineError } from '../../../core/errors.ts';
import type { Settlement } from '../../../core/message.ts';
import { DEFAULT_SETTINGS } from '../../../core/options.ts';
import type { Runtime } from '../../../core/runtime.ts';
import type { SettleRequest } from '../../../queue/event-store.ts';
import { MemoryStore } from '../../memory/memory-store.ts';
import { MAX_REASON_LENGTH, type SizedEvent, type WireReceipt } from '../wire/messages.ts';

/** The default maximum size of an event. */
const MAX_REPLY_BYTES = DEFAULT_SETTINGS.maxEventBytes;

export interface LocalCopiesOptions {
  readonly runtime: Runtime;
  readonly maxBacklogEvents: number;
  readonly maxBacklogBytes: number;
  /** Called when an event was acknowledged or rejected whose publisher waits for a receipt. */
  readonly onReceipt: (publisher: string, receipt: WireReceipt) => void;
}

/** The events of a channel that are neither acknowledged nor dead. */
interface Backlog {
  readonly channel: string;
  events: number;
  bytes: number;
}

interface OpenCopy {
  readonly backlog: Backlog;
  readonly bytes: number;
  /** The publisher that waits for a receipt. */
  readonly publisher: string | null;
}

/**
 * The copies of this context: stored, leased and settled in its memory, and bounded for each channel.
 *
 * Invariant: `#open` holds exactly the events that are neither acknowledged nor dead, and the backlogs count them.
 */
export class LocalCopies {
  /** The backend claims from it and inspects it directly. It adds and settles through this class. */
  readonly memory: MemoryStore;
  readonly #options: LocalCopiesOptions;
  readonly #open = new Map<string, OpenCopy>();
  readonly #backlogs = new Map<string, Backlog>();
  /** The reason of the reject in progress. */
  #reason: string | null = null;

  constructor(options: LocalCopiesOptions) {
    this.#options = options;
    this.memory = new MemoryStore(options.runtime);
    this.memory.observe((event) => {
      if (event.type === 'dead-lettered') this.#end(event.eventId, 'rejected', event.reason);
    });
  }

  /** Returns whether there was room. */
  add({ event, bytes }: SizedEvent, isReplayed: boolean): boolean {
    const { maxBacklogEvents, maxBacklogBytes } = this.#options;
    const { publisher, confirm } = event;
    const backlog = this.#backlogOf(event.channel);
    if (backlog.events >= maxBacklogEvents || backlog.bytes + bytes > maxBacklogBytes) return false;
    const waits = confirm && !isReplayed ? publisher : null;
    this.#open.set(event.eventId, { backlog, bytes, publisher: waits });
    backlog.events += 1;
    backlog.bytes += bytes;
    this.memory.append([isReplayed ? { ...event, bytes, replayed: true } : { ...event, bytes }]);
    this.memory.notifier.notify([event.channel]);
    return true;
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return requests.map((request) => this.#settle(request));
  }

  #settle(request: SettleRequest): Settlement {
    const { eventId, command } = request;
    const reply = command.verb === 'ack' ? this.#copyReply(eventId, command.reply) : undefined;
    this.#reason = command.verb === 'reject' ? command.note : null;
    const [settlement] = this.memory.settle([request]);
    this.#reason = null;
    if (command.verb === 'ack' && settlement === 'ok')
      this.#end(eventId, 'acknowledged', null, reply);
    return settlement as Settlement;
  }

  #backlogOf(channel: string): Backlog {
    const backlog = this.#backlogs.get(channel) ?? { channel, events: 0, bytes: 0 };
    this.#backlogs.set(channel, backlog);
    return backlog;
  }

  #copyReply(eventId: string, reply: unknown): unknown {
    const channel = this.#open.get(eventId)?.backlog.channel;
    if (reply === undefined || channel === undefined) return undefined;
    const copy = copyOf(reply, 'reply', channel);
    if (estimateBytes(copy, MAX_REPLY_BYTES) <= MAX_REPLY_BYTES) return copy;
    const message = `a reply on ${channel} must be at most ${MAX_REPLY_BYTES} bytes`;
    throw new AcklineError('too-large', message, { channel, path: 'reply' });
  }

  #end(
    eventId: string,
    outcome: WireReceipt['outcome'],
    fallback: string | null,
    reply?: unknown,
  ): void {
    const kept = this.#open.get(eventId);
    this.#open.delete(eventId);
    if (kept === undefined) return;
    kept.backlog.events -= 1;
    kept.backlog.bytes -= kept.bytes;
    if (kept.publisher === null) return;
    const reason = this.#reason?.slice(0, MAX_REASON_LENGTH) ?? fallback;
    const receipt = { eventId, outcome, reason };
    this.#options.onReceipt(kept.publisher, reply === undefined ? receipt : { ...receipt, reply });
  }
}
