import { estimateBytes } from '../../core/admission.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/message.ts';
import type { ObserverEvent } from '../../core/observer.ts';
import type { Confirmation } from '../../core/receipts.ts';
import type { Stop } from '../../core/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';
import type { LocalNotifier } from '../../queue/notifier.ts';
import type { CheckedOptions } from './broadcast-options.ts';
import { Membership } from './members/membership.ts';
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
import type { Message, SizedEvent } from './wire/messages.ts';

/**
 * The store of one context: what is appended goes to all members of its channel, and what this context receives as a
 * member it keeps, leases and settles in its own memory.
 */
export class FanOut implements EventStore {
  readonly membership: Membership;
  readonly #replayBuffer: ReplayBuffer;
  readonly #confirmations: Confirmations;
  readonly #receipts: ReceiptSender;
  readonly #members: LocalCopies;
  readonly #inbox: Inbox;
  readonly #sender: EventSender;
  readonly #knownStreams: KnownStreams;
  readonly #replayResponder: ReplayResponder;
  readonly #onClose: () => void;
  /** Set while it is planned to ask what could not be read. */
  #stopCatchUp: Stop | undefined;

  constructor(options: CheckedOptions, onClose: () => void) {
    const { self, history, maxBacklogBytes } = options;
    const membership = this.#openLine(options);
    this.membership = membership;
    this.#onClose = onClose;
    this.#replayBuffer = new ReplayBuffer(options);
    this.#confirmations = new Confirmations(membership);
    this.#receipts = new ReceiptSender(membership);
    this.#members = new LocalCopies({
      ...options,
      onReceipt: (publisher, receipt) => {
        if (publisher === membership.selfId) this.#confirmations.hear(publisher, receipt);
        else this.#receipts.send(publisher, receipt);
      },
    });
    this.#inbox = new Inbox(membership, {
      replayBuffer: this.#replayBuffer,
      history,
      sizeOf: ({ payload, metadata }) => estimateBytes([payload, metadata], maxBacklogBytes),
      store: (sized, isReplayed) => this.#keep(sized, isReplayed),
    });
    this.#sender = new EventSender(membership, {
      confirmations: this.#confirmations,
      sendsToSelf: self,
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

  get notifier(): LocalNotifier {
    return this.#members.notifier;
  }

  append(events: readonly NewEvent[]): Promise<void> {
    return this.#sender.publish(events);
  }

  appendConfirmed(event: NewEvent, terms: ResolvedTerms): Promise<Confirmation> {
    this.membership.requireOpen();
    return this.membership.holdProcess(this.#sender.publishConfirmed(event, terms));
  }

  /** Whoever asks for events is a member from then on. */
  claim(request: ClaimRequest): Claim {
    this.membership.keep(request.channel);
    return this.#members.claim(request);
  }

  settle(requests: readonly SettleRequest[]): Settlement[] {
    return this.#members.settle(requests);
  }

  stats(channel: string): ChannelStats {
    return this.#members.stats(channel);
  }

  deadLetters(channel: string, limit: number): DeadLetter[] {
    return this.#members.deadLetters(channel, limit);
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    const stops = [this.membership.observe(report), this.#members.observe(report)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** The page stands still from now on: nobody waits for it. */
  suspend(): void {
    this.#dropCatchUp();
    this.#receipts.flush();
    for (const inbox of this.#inbox.all()) inbox.standStill();
    this.membership.suspend();
  }

  /** It goes on, and gets what it missed. */
  async resume(): Promise<void> {
    if (await this.membership.resume()) this.#catchUp();
  }

  /** Resolves when others do not find this context any more. */
  async close(): Promise<void> {
    this.#dropCatchUp();
    this.#receipts.flush();
    for (const inbox of this.#inbox.all()) inbox.close();
    const closed = this.membership.close();
    this.#confirmations.close();
    this.#onClose();
    await closed;
  }

  #openLine(options: CheckedOptions): Membership {
    return new Membership(options, {
      onMessage: (message) => this.#hear(message),
      onUndecodable: () => this.#planCatchUp(),
      onJoin: (channel) => this.#inbox.join(channel),
      onLeave: (channel) => this.#inbox.leave(channel),
      onJoined: (channel, others) => this.#inbox.of(channel)?.expectHistories(others),
    });
  }

  /** Once for all that comes in a second: what could not be read is asked for, and told if it cannot be had. */
  #planCatchUp(): void {
    this.#stopCatchUp ??= this.membership.runtime.after(REPAIR_ANSWER_MS, () => {
      this.#stopCatchUp = undefined;
      for (const inbox of this.#inbox.all()) inbox.doubt();
      this.#catchUp();
    });
  }

  #catchUp(): void {
    this.membership.askMissed(this.#knownStreams.allHeads());
    for (const inbox of this.#inbox.all()) inbox.goOn();
  }

  /** Whoever stands still asks for everything on return. */
  #dropCatchUp(): void {
    this.#stopCatchUp?.();
    this.#stopCatchUp = undefined;
  }

  #keep(sized: SizedEvent, isReplayed: boolean): boolean {
    const isKept = this.#members.add(sized, isReplayed);
    if (isKept) this.notifier.notify([sized.event.channel]);
    return isKept;
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case 'events':
        return this.#inbox.receive(message);
      case 'heads':
        return this.#inbox.hearAnswer(message);
      case 'replay':
        return this.#inbox.hearReplay(message);
      case 'history':
        return this.#inbox.hearHistory(message);
      case 'hello':
        this.#inbox.hearHeads(message.from, message.heads ?? []);
        return this.#replayResponder.hearHello(message);
      case 'ask':
        return this.#replayResponder.hearAsk(message);
      case 'recall':
        return this.#replayResponder.hearRecall(message);
      case 'receipts':
        return this.#hearReceipts(message);
      case 'bye':
        return;
      default:
        return message satisfies never;
    }
  }

  #hearReceipts({ from, receipts }: Extract<Message, { kind: 'receipts' }>): void {
    for (const receipt of receipts)
      if (!this.#confirmations.hear(from, receipt)) this.membership.ignore('unexpected');
  }
}
