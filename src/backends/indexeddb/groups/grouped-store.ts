import type { KeptResult } from '../../../core/events/event-result.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventMessage,
  Settlement,
} from '../../../core/events/message.ts';
import { groupOfQueue } from '../../../core/options/queue-name.ts';
import { codeOf } from '../../../core/reports/errors.ts';
import type { ObserverEvent } from '../../../core/reports/observer.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
} from '../../../queue/event-store.ts';
import { noGroupError } from '../../../queue/group-queues.ts';
import type { HintListener, HintReceiver } from '../hints/hint-listener.ts';
import { isOwnName, publicName } from '../schema/groups-row.ts';
import { type EnteredQueue, GroupCopier } from './group-copier.ts';
import type { OwnNamesStore } from './own-names.ts';

type MoveLetters = NonNullable<EventStore['moveLetters']>;
type Cancel = NonNullable<EventStore['cancel']>;

/**
 * The store with its groups. It takes the names of queues that callers know, `channel@group`, where the store takes the own
 * name of the queue, and copies the events to the groups before a queue is used. A channel without groups has one queue, its
 * calls are passed on.
 */
export class GroupedStore implements EventStore, HintListener {
  readonly store: OwnNamesStore;
  readonly copier: GroupCopier;
  readonly moveLetters?: MoveLetters;
  readonly cancel?: Cancel;

  /** Makes an id that no other context makes. */
  readonly newId: () => string;

  constructor(store: OwnNamesStore, newId: () => string) {
    const { claimers, counter, housekeeping } = store;
    this.store = store;
    this.newId = newId;
    this.copier = new GroupCopier({
      connection: counter.connection,
      claimers,
      onRead: (_, newest) => housekeeping.noteNewest(newest),
    });
    counter.catchUp = (channel) => this.copier.catchUp(channel);
    const { moveLetters, cancel } = store;
    if (moveLetters) this.moveLetters = (step) => this.#moveLetters(moveLetters, step);
    if (cancel) this.cancel = (channel, eventId) => this.#cancel(cancel, channel, eventId);
  }

  get counter(): OwnNamesStore['counter'] {
    return this.store.counter;
  }

  get scans(): OwnNamesStore['scans'] {
    return this.store.scans;
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    await this.store.append(events);
  }

  claim(request: ClaimRequest): Promise<Claim> {
    const { channel } = request;
    const isPlain = groupOfQueue(channel) === undefined;
    return isPlain && !this.copier.isKnown(channel)
      ? this.#claimFirst(request)
      : this.#claim(request);
  }

  async settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    if (!requests.some(({ channel }) => channel?.includes('@'))) return this.store.settle(requests);
    const named = await Promise.all(requests.map((request) => this.#named(request)));
    const known = named.filter((request) => request !== undefined);
    const settlements = (await this.store.settle(known)).values();
    return named.map((request) => (request ? settlements.next().value : undefined) ?? 'gone');
  }

  async retryNow(channel: string, reason?: 'offline'): Promise<number> {
    return this.store.retryNow(await this.queueOf(channel), reason);
  }

  async stats(channel: string): Promise<ChannelStats> {
    return this.store.stats(await this.queueOf(channel));
  }

  async deadLetters(channel: string, limit: number, after?: number): Promise<DeadLetter[]> {
    const letters = await this.store.deadLetters(await this.queueOf(channel), limit, after);
    return letters.map(renamed);
  }

  async #moveLetters(move: MoveLetters, step: LetterStep): Promise<LetterStepResult> {
    const channel = await this.queueOf(step.channel);
    if (channel === step.channel) return move(step);
    const { selects } = step;
    return move({
      ...step,
      channel,
      selects: (letter, copy) => selects(renamed(letter), () => renamed(copy())),
    });
  }

  async results(channel: string, eventIds: readonly string[]): Promise<(KeptResult | undefined)[]> {
    return this.store.results(await this.queueOf(channel), eventIds);
  }

  async blockedKeys(channel: string): Promise<string[]> {
    return this.store.blockedKeys(await this.queueOf(channel));
  }

  async releaseKey(channel: string, key: string): Promise<boolean> {
    return this.store.releaseKey(await this.queueOf(channel), key);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    return this.store.observe((event) => {
      const isOfQueue = 'channel' in event && isOwnName(event.channel);
      report(isOfQueue ? { ...event, channel: publicName(event.channel) } : event);
    });
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  receiverOf(name: string): HintReceiver | undefined {
    return this.store.receiverOf(this.copier.ownNameOf(name) ?? name);
  }

  trim(): void {
    this.store.trim();
  }

  report(event: ObserverEvent): void {
    this.store.report(event);
  }

  /** A scan of the claim may find that the channel has groups. What is left to copy may then be due. */
  async #claimFirst(request: ClaimRequest): Promise<Claim> {
    const claim = await this.store.claim(request);
    const isFound = claim.messages.length === 0 && this.copier.isKnown(request.channel);
    return isFound ? this.#claim(request) : claim;
  }

  async #claim(request: ClaimRequest): Promise<Claim> {
    const { channel } = request;
    const { queue, hasPlain, failure } = await this.#enter(channel);
    const claim = await this.store.claim({ ...request, channel: queue });
    if (claim.messages.length > 0)
      return queue === channel ? claim : { ...claim, messages: claim.messages.map(renamed) };
    if (failure !== undefined) throw failure;
    const isEnded = queue === channel && !hasPlain && claim.nextDueAt === null;
    // A blocked key may hold back events.
    if (isEnded && (await this.store.stats(channel)).ready === 0) throw noGroupError(channel);
    return claim;
  }

  /** The own name of the queue of a group that exists. Another name stays. */
  async queueOf(name: string): Promise<string> {
    if (groupOfQueue(name) === undefined) return name;
    return (await this.#enter(name)).queue;
  }

  /** What was copied before can be used although the storage is full. */
  async #enter(name: string): Promise<EnteredQueue> {
    const entered = await this.copier.enter(name);
    const { failure } = entered;
    if (failure !== undefined && codeOf(failure) !== 'quota') throw failure;
    return entered;
  }

  async #cancel(cancel: Cancel, channel: string, eventId: string): Promise<Settlement> {
    const { queue, failure } = await this.#enter(channel);
    const answer = await cancel(queue, eventId);
    // The event may be one that could not be copied.
    if (answer === 'gone' && failure !== undefined) throw failure;
    return answer;
  }

  /** Undefined if the group is gone. */
  async #named(request: SettleRequest): Promise<SettleRequest | undefined> {
    const { channel } = request;
    if (channel === undefined) return request;
    try {
      return {
        ...request,
        channel: this.copier.ownNameOf(channel) ?? (await this.copier.enter(channel)).queue,
      };
    } catch (error) {
      if (codeOf(error) === 'no-group') return undefined;
      throw error;
    }
  }
}

/** A message or letter with the name of its queue that callers know. */
function renamed<T extends EventMessage | DeadLetter>(item: T): T {
  return Object.freeze({ ...item, channel: publicName(item.channel) });
}
