import type { PlainDraft } from './admission.ts';
import type { ReceiveOptions } from './channel-options.ts';
import type { ChannelStats, DeadLetter, EventMessage, Settlement } from './message.ts';
import type { ResolvedSettings } from './options.ts';
import type { AsyncEventBackend, DequeueOptions } from './protocols.ts';
import type { LeasedHandout } from './run-handler.ts';
import type { Session } from './session.ts';
import type { GivenDraft } from './settings-book.ts';

/** Calls an asynchronous backend, and does without what it does not declare. */
export class AsyncClient {
  readonly #backend: AsyncEventBackend;
  readonly #session: Session<Promise<Settlement>>;

  constructor(backend: AsyncEventBackend, session: Session<Promise<Settlement>>) {
    this.#backend = backend;
    this.#session = session;
  }

  async publish(given: GivenDraft): Promise<string> {
    const draft = this.#session.admit(given);
    const eventId = await this.#publishOne(draft);
    this.#session.reportPublished([draft], [eventId]);
    return eventId;
  }

  async publishMany(given: readonly GivenDraft[]): Promise<string[]> {
    const drafts = this.#session.admitAll(given);
    if (drafts.length === 0) return [];
    const eventIds = await this.#publishAll(drafts);
    this.#session.reportPublished(drafts, eventIds);
    return eventIds;
  }

  async receive(channel: string, limit: number, options: ReceiveOptions): Promise<LeasedHandout[]> {
    const { settings, signal } = this.#session.resolveReceive(channel, options);
    return this.claim(channel, limit, settings, signal);
  }

  async claim(
    channel: string,
    limit: number,
    settings: ResolvedSettings,
    signal?: AbortSignal,
  ): Promise<LeasedHandout[]> {
    const terms = this.#session.terms(settings, signal);
    const messages = await this.#dequeue(channel, limit, settings.pollIntervalMs, terms);
    return this.#session.handOut(messages, settings);
  }

  async stats(channel: string): Promise<ChannelStats> {
    this.#session.requireVerb(channel, 'stats');
    return (await this.#backend.stats?.(channel)) as ChannelStats;
  }

  async deadLetters(channel: string, limit: number): Promise<DeadLetter[]> {
    this.#session.requireVerb(channel, 'deadLetters');
    return (await this.#backend.deadLetters?.(channel, limit)) as DeadLetter[];
  }

  async shutdown(): Promise<void> {
    this.#session.close();
    await this.#backend.shutdown();
    this.#session.stopObserving();
  }

  #publishOne({ channel, payload, metadata, options }: PlainDraft): Promise<string> {
    return this.#backend.publish(channel, payload, metadata, options);
  }

  async #publishAll(drafts: readonly PlainDraft[]): Promise<string[]> {
    if (this.#session.capabilities.publishMany && this.#backend.publishMany)
      return this.#backend.publishMany(drafts);
    const eventIds: string[] = [];
    for (const draft of drafts) eventIds.push(await this.#publishOne(draft));
    return eventIds;
  }

  async #dequeue(
    channel: string,
    limit: number,
    waitMs: number,
    terms: DequeueOptions,
  ): Promise<EventMessage[]> {
    if (limit > 1 && this.#session.capabilities.dequeueMany && this.#backend.dequeueMany)
      return this.#backend.dequeueMany(channel, limit, waitMs, terms);
    const message = await this.#backend.dequeue(channel, waitMs, terms);
    return message ? [message] : [];
  }
}
