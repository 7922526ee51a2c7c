import { AcklineError } from '../../core/reports/errors.ts';
import type { JetStream } from './jetstream.ts';
import type { Names } from './names.ts';

/** JetStream counts in nanoseconds. */
export const NANOS_PER_MS = 1_000_000;

export interface StreamState {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
  /** Messages of each subject that was asked for. */
  readonly subjects?: Readonly<Record<string, number>>;
}

interface StreamInfo {
  readonly config: {
    readonly subjects: readonly string[];
    readonly retention: string;
    readonly discard: string;
    readonly duplicate_window: number;
    readonly max_msgs: number;
  };
  readonly state: StreamState;
}

/**
 * The streams of a backend: one for each channel, and one for all dead letters. Each is made when it is first needed. One that an
 * operator has made is used as it is, if it keeps its messages until they are deleted and refuses new ones when it is full.
 */
export class Streams {
  readonly #api: JetStream;
  readonly #names: Names;
  /** By name: what was found out about the stream. */
  readonly #known = new Map<string, Promise<StreamInfo>>();

  constructor(api: JetStream, names: Names) {
    this.#api = api;
    this.#names = names;
  }

  /** Makes the stream of the channel unless it is there. */
  require(queue: string): Promise<StreamInfo> {
    const { maxBytes, maxMessages } = this.#api.settings;
    return this.#once(this.#names.stream(queue), {
      subjects: [this.#names.all(queue)],
      discard: 'new',
      max_bytes: maxBytes,
      max_msgs: maxMessages,
    });
  }

  /** Makes the stream of the dead letters unless it is there. */
  requireDead(): Promise<StreamInfo> {
    return this.#once(this.#names.deadStream, {
      subjects: [this.#names.allDead],
      discard: 'old',
      max_msgs_per_subject: this.#api.settings.maxDeadLetters,
    });
  }

  /** The stream of the queue and that of the dead letters are looked up again before they are next used. */
  forget(queue: string): void {
    this.#known.delete(this.#names.stream(queue));
    this.#known.delete(this.#names.deadStream);
  }

  /** The state of a stream, with the counts of its subjects. Undefined if there is no such stream. */
  async state(stream: string, subjects: string): Promise<StreamState | undefined> {
    const asked = { subjects_filter: subjects };
    return (await this.#api.find<StreamInfo>(`STREAM.INFO.${stream}`, asked))?.state;
  }

  #once(name: string, config: Readonly<Record<string, unknown>>): Promise<StreamInfo> {
    const known = this.#known.get(name);
    if (known) return known;
    const required = this.#require(name, config);
    this.#known.set(name, required);
    required.catch(() => this.#known.delete(name));
    return required;
  }

  async #require(name: string, config: Readonly<Record<string, unknown>>): Promise<StreamInfo> {
    const { replicas, storage, dedupeWindowMs } = this.#api.settings;
    const wanted = {
      ...{ name, retention: 'limits', storage, num_replicas: replicas },
      ...{ duplicate_window: dedupeWindowMs * NANOS_PER_MS, ...config },
    };
    const found = (await this.#find(name)) ?? (await this.#create(name, wanted));
    const { retention, discard, subjects, duplicate_window } = found.config;
    const [subject] = config['subjects'] as readonly string[];
    const fits =
      retention === 'limits' &&
      discard === config['discard'] &&
      subjects.includes(subject as string) &&
      duplicate_window >= wanted.duplicate_window;
    if (fits) return found;
    throw new AcklineError(
      'foreign-database',
      `the stream ${name} must have the subject ${subject}, retention limits, discard ${config['discard']} and a duplicate_window from ${dedupeWindowMs} ms; it was left as it is`,
      { cause: found.config },
    );
  }

  #find(name: string): Promise<StreamInfo | undefined> {
    return this.#api.find(`STREAM.INFO.${name}`);
  }

  async #create(name: string, wanted: object): Promise<StreamInfo> {
    try {
      return await this.#api.ask(`STREAM.CREATE.${name}`, wanted);
    } catch (error) {
      // Another context may have made it at the same time.
      const found = await this.#find(name);
      if (found) return found;
      throw error;
    }
  }
}

/** How many messages the stream of a queue keeps, and how many it may keep. */
export async function limitOf(
  streams: Streams,
  queue: string,
): Promise<{ readonly waiting: number; readonly maxBacklog: number }> {
  const { config, state } = await streams.require(queue);
  return { waiting: state.messages, maxBacklog: config.max_msgs };
}
