import type { PlainDraft } from './admission.ts';
import type { ReceiveOptions } from './channel-options.ts';
import type { Handout } from './delivery.ts';
import type { ChannelStats, DeadLetter, EventMessage, Settlement } from './message.ts';
import type { ResolvedSettings } from './options.ts';
import type { SyncEventBackend } from './protocols.ts';
import type { Session } from './session.ts';
import type { GivenDraft } from './settings-book.ts';

/** Calls a synchronous backend, and does without what it does not declare. */
export class SyncClient {
  readonly #backend: SyncEventBackend;
  readonly #session: Session<Settlement>;
  #isShutDown = false;

  constructor(backend: SyncEventBackend, session: Session<Settlement>) {
    this.#backend = backend;
    this.#session = session;
  }

  publish(given: GivenDraft): string {
    const draft = this.#session.admit(given);
    const eventId = this.#publishOne(draft);
    this.#session.reportPublished([draft], [eventId]);
    return eventId;
  }

  publishMany(given: readonly GivenDraft[]): string[] {
    const drafts = this.#session.admitAll(given);
    if (drafts.length === 0) return [];
    const eventIds = this.#publishAll(drafts);
    this.#session.reportPublished(drafts, eventIds);
    return eventIds;
  }

  receive(channel: string, limit: number, options: ReceiveOptions): Handout<Settlement>[] {
    const { settings } = this.#session.resolveReceive(channel, options);
    return this.claim(channel, limit, settings);
  }

  claim(channel: string, limit: number, settings: ResolvedSettings): Handout<Settlement>[] {
    const messages = this.#dequeue(channel, limit, settings);
    return this.#session.handOut(messages, settings);
  }

  stats(channel: string): ChannelStats {
    this.#session.requireVerb(channel, 'stats');
    return this.#backend.stats?.(channel) as ChannelStats;
  }

  deadLetters(channel: string, limit: number): DeadLetter[] {
    this.#session.requireVerb(channel, 'deadLetters');
    return this.#backend.deadLetters?.(channel, limit) as DeadLetter[];
  }

  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#session.close();
    this.#backend.shutdown();
    this.#session.stopObserving();
  }

  #publishOne({ channel, payload, metadata, options }: PlainDraft): string {
    return this.#backend.publish(channel, payload, metadata, options);
  }

  #publishAll(drafts: readonly PlainDraft[]): string[] {
    if (this.#session.capabilities.publishMany && this.#backend.publishMany)
      return this.#backend.publishMany(drafts);
    return drafts.map((draft) => this.#publishOne(draft));
  }

  #dequeue(channel: string, limit: number, settings: ResolvedSettings): EventMessage[] {
    const terms = this.#session.terms(settings);
    const { pollIntervalMs } = settings;
    if (limit > 1 && this.#session.capabilities.dequeueMany && this.#backend.dequeueMany)
      return this.#backend.dequeueMany(channel, limit, pollIntervalMs, terms);
    const message = this.#backend.dequeue(channel, pollIntervalMs, terms);
    return message ? [message] : [];
  }
}
