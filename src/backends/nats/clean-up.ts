import { channelOfQueue } from '../../core/options/queue-name.ts';
import { codeOf } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { ConsumerInfo, Consumers } from './consumers.ts';
import type { JetStream } from './jetstream.ts';
import { LATER, type Names } from './names.ts';
import { isOff, spansOf } from './plain-queue.ts';
import { storedMessage } from './stored-message.ts';
import type { Streams } from './streams.ts';

/** A channel is cleaned up this many times in its dedupe window, and once a second at most. */
const SHARE = 10;
const LEAST_MS = 1_000;

export interface CleanUpParts {
  readonly api: JetStream;
  readonly names: Names;
  readonly streams: Streams;
  readonly consumers: Consumers;
  readonly report: (event: ObserverEvent) => void;
}

/**
 * Deletes the events that every queue of their channel has ended. The streams keep their messages until then, so a consumer that is missing loses no event. Events of the dedupe window are kept, because a server that restarts knows the ids
 * of the messages that it has, and no others. Any context may repeat every step.
 */
export class CleanUp {
  readonly #parts: CleanUpParts;
  readonly #last = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: CleanUpParts) {
    this.#parts = parts;
  }

  /** An event of the queue has ended. Never throws. */
  note(queue: string): void {
    const { api } = this.#parts;
    const channel = channelOfQueue(queue);
    const everyMs = Math.max(LEAST_MS, api.settings.dedupeWindowMs / SHARE);
    const last = this.#last.get(channel) ?? Number.NEGATIVE_INFINITY;
    if (api.nowMs - last < everyMs) return;
    this.#last.set(channel, api.nowMs);
    const run = this.#runSafely(channel);
    this.#running.add(run);
    void run.then(() => this.#running.delete(run));
  }

  /** Deletes also what the dedupe window would keep. Resolves with whether something was deleted. */
  makeRoom(channel: string): Promise<boolean> {
    const { api } = this.#parts;
    return this.#run(channelOfQueue(channel), api.settings.runtime.now());
  }

  async untilNone(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #runSafely(channel: string): Promise<void> {
    const { api, report } = this.#parts;
    try {
      await this.#run(channel, api.settings.runtime.now() - api.settings.dedupeWindowMs);
    } catch (error) {
      if (codeOf(error) !== 'closed') report({ type: 'fault', during: 'clean-up', channel, error });
    }
  }

  async #run(channel: string, storedBefore: number): Promise<boolean> {
    const { names, consumers } = this.#parts;
    const all = await consumers.list(channel);
    const later = all.filter(({ name }) => name === LATER);
    const queues = all.filter((info) => info.name !== LATER && !isOver(info));
    const counts = [
      await this.#purge(channel, names.due(channel), floorOf(queues), storedBefore),
      await this.#purge(channel, names.later(channel), floorOf(later), storedBefore),
    ];
    return counts.some((count) => count > 0);
  }

  /** Deletes the messages of a subject up to number `floor`, as far as they are old enough. Resolves with how many. */
  async #purge(
    channel: string,
    subject: string,
    floor: number,
    storedBefore: number,
  ): Promise<number> {
    const { api, names } = this.#parts;
    const stream = names.stream(channel);
    const last = await this.#lastBefore(stream, subject, floor, storedBefore);
    if (last === 0) return 0;
    const asked = { filter: subject, seq: last + 1 };
    const { purged } = await api.ask<{ purged: number }>(`STREAM.PURGE.${stream}`, asked);
    return purged;
  }

  /** The greatest number up to `floor` whose message is old enough; 0 if there is none. Searches by halves. */
  async #lastBefore(
    stream: string,
    subject: string,
    floor: number,
    storedBefore: number,
  ): Promise<number> {
    const isOld = async (seq: number) => {
      const found = await storedMessage(this.#parts.api, stream, { seq, next_by_subj: subject });
      return found !== undefined && found.storedAt <= storedBefore;
    };
    const first = await storedMessage(this.#parts.api, stream, { seq: 1, next_by_subj: subject });
    if (!first || first.seq > floor || first.storedAt > storedBefore) return 0;
    let [old, young] = [first.seq, floor + 1];
    if (await isOld(floor)) return floor;
    while (young - old > 1) {
      const middle = Math.floor((old + young) / 2);
      if (await isOld(middle)) old = middle;
      else young = middle;
    }
    return old;
  }
}

/** Up to which number every consumer has ended all messages; 0 without consumers. */
function floorOf(consumers: readonly ConsumerInfo[]): number {
  if (consumers.length === 0) return 0;
  return Math.min(...consumers.map(({ ack_floor }) => ack_floor.stream_seq));
}

/** Whether a plain queue gets no events any more, and has ended those that it had. Others are acknowledged unseen. */
function isOver(info: ConsumerInfo): boolean {
  const spans = spansOf(info);
  const from = spans.at(-1)?.[0] ?? Number.POSITIVE_INFINITY;
  return isOff(spans) && info.ack_floor.stream_seq >= from - 1 && info.num_ack_pending === 0;
}
