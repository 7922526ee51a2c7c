import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import type { Confirmation } from '../../core/events/receipts.ts';
import { channelOfQueue } from '../../core/options/queue-name.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  GroupStore,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import type { Notifier } from '../../queue/notifier.ts';
import type { CheckedOptions } from './broadcast-options.ts';
import { Membership } from './members/membership.ts';
import type { MembershipListener } from './members/membership-options.ts';
import { REPAIR_ANSWER_MS } from './receiving/gap-repair.ts';
import { Inbox } from './receiving/inbox.ts';
import { LocalCopies } from './receiving/local-copies.ts';
import { ReceiptSender } from './receiving/receipt-sender.ts';
import type { ResolvedTerms } from './sending/confirm-terms.ts';
import { Confirmations } from './sending/confirmations.ts';
import { EventSender } from './sending/event-sender.ts';
import { KnownStreams } from './sending/known-streams.ts';
import { ReplayBuffer } from './sending/replay-buffer.ts';
import { ReplayResponder } from './sending/replay-responder.ts';
import type { Message } from './wire/messages.ts';

/**
 * The store of one context. It sends appended events to all members of their channel. What this context receives as a
 * member is stored, leased and settled in its own memory.
 */
export class FanOut implements EventStore, MembershipListener {
  readonly membership: Membership;
  readonly #replayBuffer: ReplayBuffer;
  readonly #confirmations: Confirmations;
  readonly #receipts: ReceiptSender;
  readonly #copies: LocalCopies;
  readonly #inbox: Inbox;
  readonly #sender: EventSender;
  readonly #knownStreams: KnownStreams;
  readonly #replayResponder: ReplayResponder;
  readonly #onClose: () => void;
  /** Set while this context plans to ask for the events of a message that it could not read. */
  #stopCatchUp: Stop | undefined;

  constructor(options: CheckedOptions, onClose: () => void) {
    const membership = new Membership(options, this);
    this.membership = membership;
    this.#onClose = onClose;
    this.#replayBuffer = new ReplayBuffer(options);
    this.#confirmations = new Confirmations(membership);
    this.#receipts = new ReceiptSender(membership);
    this.#copies = new LocalCopies({
      ...options,
      onReceipt: (publisher, receipt) => {
        if (publisher === membership.selfId) this.#confirmations.receive(publisher, receipt);
        else this.#receipts.send(publisher, receipt);
      },
    });
    this.#inbox = new Inbox(membership, this.#replayBuffer, this.#copies, options);
    this.#sender = new EventSender(membership, {
      confirmations: this.#confirmations,
      sendsToSelf: options.self,
      onSent: (sized, isForSelf) => {
        this.#replayBuffer.add(sized);
        if (isForSelf) this.#inbox.of(sized.event.channel)?.receiveOwn(sized);
      },
    });
    this.#knownStreams = new KnownStreams(
      membership.selfId,
      this.#replayBuffer,
      this.#inbox,
      this.#sender,
    );
    this.#replayResponder = new ReplayResponder(membership, this.#replayBuffer, this.#knownStreams);
  }

  /** The groups that have a consumer in this context. */
  get groups(): Pick<GroupStore, 'list'> {
    return { list: (channel) => this.#copies.queues.groupsOf(channel) };
  }

  get notifier(): Notifier {
    return this.#copies.memory.notifier;
  }

  append(events: readonly NewEvent[]): Promise<void> {
    this.membership.wire.requireOpen();
    return this.#sender.publish(events);
  }

  appendConfirmed(event: NewEvent, terms: ResolvedTerms): Promise<Confirmation> {
    this.membership.wire.requireOpen();
    return this.membership.holdProcess(this.#sender.publishConfirmed(event, terms));
  }

  /** Adds a consumer of a queue until the returned function is called. This context is a member of the channel until then. */
  join(queue: string): Stop {
    const leave = this.membership.join(channelOfQueue(queue));
    const stop = this.#copies.join(queue);
    return () => {
      stop();
      leave();
    };
  }

  /** A context that claims events is a member from then on. If others consume the queue, its membership ends with theirs. */
  claim(request: ClaimRequest): Claim {
    const { channel } = request;
    if (!this.#copies.queues.has(channel) && this.membership.mayJoin) this.join(channel);
    return this.#copies.memory.claim(request);
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return this.#copies.settle(requests);
  }

  stats(channel: string): ChannelStats {
    return this.#copies.memory.stats(channel);
  }

  deadLetters(channel: string, limit: number): DeadLetter[] {
    return this.#copies.memory.deadLetters(channel, limit);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    const stops = [this.membership.observe(report), this.#copies.memory.observe(report)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The page is frozen or in the back/forward cache: other contexts do not wait for it. */
  suspend(): void {
    this.#stopCatchUp?.();
    this.#stopCatchUp = undefined;
    this.#receipts.flush();
    for (const inbox of this.#inbox.all()) inbox.suspend();
    this.membership.wire.suspend();
  }

  /** The page runs again, and requests the events that it missed. */
  async resume(): Promise<void> {
    if (await this.membership.resume()) this.onOpen();
  }

  /** Resolves when other contexts do not find this one any more. */
  async close(): Promise<void> {
    this.suspend();
    const closed = this.membership.close();
    this.#confirmations.close();
    this.#onClose();
    await closed;
  }

  onJoin(channel: string): void {
    this.#inbox.join(channel);
  }

  onLeave(channel: string): void {
    this.#inbox.leave(channel);
  }

  onJoined(channel: string, others: readonly string[]): void {
    this.#inbox.of(channel)?.expect(others);
  }

  /** Asks once for all unreadable messages of a second. Their events are requested again, or reported as missed. */
  onUndecodable(): void {
    this.#stopCatchUp ??= this.membership.runtime.after(REPAIR_ANSWER_MS, () => {
      this.#stopCatchUp = undefined;
      for (const inbox of this.#inbox.all()) inbox.suspectLoss();
      this.onOpen();
    });
  }

  /** Asks all contexts for their positions, and sends those that this context knows. */
  onOpen(): void {
    this.membership.ask(this.#knownStreams.allPositions());
    for (const inbox of this.#inbox.all()) inbox.resume();
  }

  onMessage(message: Message): void {
    switch (message.kind) {
      case 'events':
        return this.#inbox.receive(message);
      case 'heads':
        return this.#inbox.receiveHeads(message);
      case 'replay':
        return this.#inbox.receiveReplay(message);
      case 'history':
        return this.#inbox.receiveHistory(message);
      case 'hello':
        this.#inbox.add(message.from, message.heads ?? []);
        return this.#replayResponder.answerHello(message);
      case 'ask':
        return this.#replayResponder.answerAsk(message);
      case 'recall':
        return this.#replayResponder.answerRecall(message);
      case 'receipts':
        return this.#receiveReceipts(message);
      case 'bye':
        return;
      default:
        return message satisfies never;
    }
  }

  #receiveReceipts({ from, receipts }: Extract<Message, { kind: 'receipts' }>): void {
    for (const receipt of receipts)
      if (!this.#confirmations.receive(from, receipt)) this.membership.ignore('unexpected');
  }
}
