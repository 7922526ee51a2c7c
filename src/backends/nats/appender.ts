import { channelOfQueue } from '../../core/options/queue-name.ts';
import { AcklineError, codeOf } from '../../core/reports/errors.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { textOf } from '../../queue/written-value.ts';
import { type EventHeader, headerOf, messageIdOf, writtenHeaders } from './event-headers.ts';
import type { JetStream } from './jetstream.ts';
import type { NatsMessage } from './nats-connection.ts';
import { type ApiFailure, apiError, isUnheard } from './nats-errors.ts';
import { limitOf, type Streams } from './streams.ts';

/** The room that the headers of a message may need beside its payload. */
const HEADER_ROOM = 1_024;

interface PublishAnswer {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: ApiFailure;
}

interface Draft {
  /** The channel or queue whose stream keeps the message, unless it is a dead letter. */
  readonly channel: string;
  readonly isDead?: boolean;
  readonly subject: string;
  readonly header: EventHeader;
  readonly messageId: string;
  readonly data: Uint8Array | string;
}

/** Publishes messages to the streams. A publish whose answer was lost is repeated under the same id, which is stored once. */
export class Appender {
  readonly #api: JetStream;
  readonly #streams: Streams;
  /** Deletes what is no longer needed, for a full stream. Resolves with whether something was deleted. */
  readonly #makeRoom: (channel: string) => Promise<boolean>;

  constructor(api: JetStream, streams: Streams, makeRoom: (channel: string) => Promise<boolean>) {
    this.#api = api;
    this.#streams = streams;
    this.#makeRoom = makeRoom;
  }

  /** Resolves when the stream has the event, on the replicas that it needs for a majority. */
  async append(event: NewEvent, subject: string): Promise<void> {
    const { channel, payload, eventId, dedupe } = event;
    const draft: Draft = {
      channel,
      subject,
      header: headerOf(event),
      messageId: messageIdOf(dedupe?.until === event.createdAt ? dedupe.uniqueId : eventId),
      data: textOf(payload, 'payload', channel),
    };
    this.#requireWindow(event);
    this.#requireSize(draft);
    await this.send(draft);
  }

  /** Sends one message, and makes its stream if there is none. Resolves with its number in the stream. */
  async send(draft: Draft): Promise<number> {
    try {
      return await this.#send(draft);
    } catch (error) {
      const isFull = codeOf(error) === 'quota' || codeOf(error) === 'backlog-full';
      if (!isFull || !(await this.#makeRoom(draft.channel))) throw error;
      return this.#send(draft);
    }
  }

  async #send({ channel, isDead, subject, header, messageId, data }: Draft): Promise<number> {
    const { connection } = this.#api.settings;
    const headers = writtenHeaders(header, messageId, channel);
    const ask = (timeout: number) => connection.request(subject, data, { timeout, headers });
    const requireStream = () =>
      isDead ? this.#streams.requireDead() : this.#streams.require(channel);
    return this.#api.repeat(async (timeout) => {
      // Before the publish, because any subscriber of the subject hears one that no stream keeps.
      await requireStream();
      const answer = await ask(timeout).catch(async (error: unknown) => {
        this.#streams.forget(channel);
        // Nothing hears a publish if the stream was deleted, or while it has no leader.
        if (!isUnheard(error)) throw error;
        await requireStream();
        return ask(timeout);
      });
      return this.#numberOf(answer, channel);
    });
  }

  async #numberOf(answer: NatsMessage, channel: string): Promise<number> {
    const { seq, error } = JSON.parse(answer.string()) as PublishAnswer;
    if (!error) return seq;
    if (/maximum messages/.test(error.description ?? '')) throw await this.#fullError(channel);
    throw apiError(error, `a publish to ${channel}`, channel);
  }

  async #fullError(queue: string): Promise<AcklineError> {
    const channel = channelOfQueue(queue);
    this.#streams.forget(queue);
    const backlog = await limitOf(this.#streams, queue);
    return new AcklineError(
      'backlog-full',
      `the stream of ${channel} keeps ${backlog.maxBacklog} messages at most (maxMessages); nothing was stored`,
      { channel, backlog },
    );
  }

  #requireWindow({ channel, createdAt, dedupe }: NewEvent): void {
    const { dedupeWindowMs } = this.#api.settings;
    const asked = dedupe ? dedupe.until - createdAt : 0;
    if (asked <= dedupeWindowMs) return;
    throw new AcklineError(
      'unsupported',
      `dedupeWindowMs must be at most that of the NATS backend, ${dedupeWindowMs}, got ${asked}: set it for the channel, or a longer one for natsBackend`,
      { channel },
    );
  }

  #requireSize({ channel, data, header }: Draft): void {
    const most = this.#api.settings.connection.info?.max_payload;
    const bytes = new TextEncoder().encode(data as string).byteLength;
    const room = HEADER_ROOM + (header.metadata?.length ?? 0);
    if (most === undefined || bytes + room <= most) return;
    throw new AcklineError(
      'too-large',
      `an event for ${channel} must fit the max_payload of the NATS server, ${most} bytes, got ${bytes} bytes and headers`,
      { channel },
    );
  }
}
