import type { Death } from '../../core/events/lifecycle.ts';
import type { DeadLetter } from '../../core/events/message.ts';
import { deadLetterOf, redrivenEventOf } from '../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult, NewEvent } from '../../queue/event-store.ts';
import { valueOfText } from '../../queue/written-value.ts';
import type { Appender } from './appender.ts';
import { headerOf, type LetterHeader, metadataOf } from './event-headers.ts';
import type { JetStream } from './jetstream.ts';
import { consumerOf, type Names } from './names.ts';
import { type StoredMessage, storedMessage } from './stored-message.ts';
import type { Streams } from './streams.ts';

/** The most letters that one step reads. */
const STEP = 100;

/** What of a message becomes a dead letter. */
export interface Buried {
  readonly queue: string;
  readonly seq: number;
  readonly header: LetterHeader;
  readonly data: Uint8Array | string;
}

/** The dead letters of all queues: one stream, with a subject for each queue. */
export class DeadLetters {
  readonly #api: JetStream;
  readonly #names: Names;
  readonly #streams: Streams;
  readonly #appender: Appender;

  constructor(api: JetStream, names: Names, streams: Streams, appender: Appender) {
    this.#api = api;
    this.#names = names;
    this.#streams = streams;
    this.#appender = appender;
  }

  /** Resolves with the number of the letter. A second call for one death stores nothing, while the server remembers its id. */
  async add({ queue, seq, header, data }: Buried): Promise<number> {
    const messageId = `${queue}#${seq}#${header.attempts}`;
    const subject = this.#names.dead(queue);
    return this.#appender.send({ channel: queue, isDead: true, subject, header, messageId, data });
  }

  /** Deletes a letter. Resolves with false if another context has done so. */
  async remove(letter: number): Promise<boolean> {
    const asked = { seq: letter, no_erase: true };
    const verb = `STREAM.MSG.DELETE.${this.#names.deadStream}`;
    return (await this.#api.find(verb, asked)) !== undefined;
  }

  async count(queue: string): Promise<number> {
    const subject = this.#names.dead(queue);
    const state = await this.#streams.state(this.#names.deadStream, subject);
    return state?.subjects?.[subject] ?? 0;
  }

  /** Deletes the letters of a group that is deleted. */
  async clear(queue: string): Promise<void> {
    const asked = { filter: this.#names.dead(queue) };
    await this.#api.find(`STREAM.PURGE.${this.#names.deadStream}`, asked);
  }

  async list(queue: string, limit: number, after = 0): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (let last = after; letters.length < limit; ) {
      const found = await this.#next(queue, last);
      if (!found) break;
      letters.push(letterOf(found));
      last = found.seq;
    }
    return letters;
  }

  async move(step: LetterStep): Promise<LetterStepResult> {
    const { channel: queue, limit, selects } = step;
    const until = step.until ?? (await this.#last());
    const taken: string[] = [];
    let after = step.after ?? 0;
    for (let scanned = 0; ; scanned += 1) {
      const isFull = scanned === STEP || taken.length === limit;
      const found = isFull ? undefined : await this.#next(queue, after);
      if (!found || found.seq > until)
        return { taken, scanned, after: isFull ? after : undefined, until };
      after = found.seq;
      const letter = letterOf(found);
      if (!selects(letter, () => letterOf(found))) continue;
      if (step.verb === 'redrive') await this.#redrive(found, letter);
      if (await this.remove(found.seq)) taken.push(letter.eventId);
    }
  }

  /** The event returns to its own queue alone. A redrive that is repeated after a fault stores it once. */
  async #redrive(found: StoredMessage, letter: DeadLetter): Promise<void> {
    const { runtime } = this.#api.settings;
    const { queue, metadata } = found.header as LetterHeader;
    const event = { ...redrivenEventOf(letter, runtime.now()), bytes: 0 } as NewEvent;
    await this.#appender.send({
      channel: queue,
      subject: this.#names.due(queue),
      header: {
        ...headerOf({ ...event, metadata: null }),
        ...(metadata !== undefined && { metadata }),
        only: consumerOf(queue),
      },
      messageId: `redriven#${found.seq}`,
      data: found.data,
    });
  }

  #next(queue: string, after: number): Promise<StoredMessage | undefined> {
    const subject = this.#names.dead(queue);
    return storedMessage(this.#api, this.#names.deadStream, {
      seq: after + 1,
      next_by_subj: subject,
    });
  }

  async #last(): Promise<number> {
    const state = await this.#streams.state(this.#names.deadStream, this.#names.allDead);
    return state?.last_seq ?? 0;
  }
}

/** The header of the dead letter of a message. */
export function letterHeader(
  queue: string,
  { only: _, ...header }: LetterHeader | Omit<LetterHeader, keyof Death | 'queue'>,
  { state: __, ...death }: Death,
): LetterHeader {
  return { ...header, queue, ...death } as LetterHeader;
}

function letterOf({ seq, header, text }: StoredMessage): DeadLetter {
  const { id, queue, createdAt, redriven, ...rest } = header as LetterHeader;
  const { attempts, reason, note, lastError, diedAt } = rest;
  const event = {
    ...{ eventId: id, channel: queue, createdAt, metadata: metadataOf(header) },
    payload: reason === 'undecodable' ? text : valueOfText(text),
    ...(redriven && { redriven }),
  };
  const death = { state: 'dead' as const, attempts, reason, note, lastError, diedAt };
  return { ...deadLetterOf(event, death), cursor: String(seq) };
}
