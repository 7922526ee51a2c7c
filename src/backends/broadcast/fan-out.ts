import { estimateBytes } from '../../core/admission.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/message.ts';
import type { ObserverEvent } from '../../core/observer.ts';
import { DEFAULT_SETTINGS } from '../../core/options.ts';
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
import { Archive } from './archive.ts';
import type { CheckedOptions } from './broadcast-options.ts';
import type { ResolvedTerms } from './confirm-terms.ts';
import { Confirmations } from './confirmations.ts';
import { Inbox } from './inbox.ts';
import { Librarian } from './librarian.ts';
import { Line } from './line.ts';
import { MemberStore } from './member-store.ts';
import type { Message, SizedEvent } from './messages.ts';
import { Outbox } from './outbox.ts';
import { ReceiptSender } from './receipt-sender.ts';

/**
 * The store of one context: what is appended goes to all members of its channel, and what this context receives as a
 * member it keeps, leases and settles in its own memory.
 */
export class FanOut implements EventStore {
  readonly line: Line;
  readonly #archive: Archive;
  readonly #confirmations: Confirmations;
  readonly #receipts: ReceiptSender;
  readonly #members: MemberStore;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #librarian: Librarian;
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  readonly #onClose: () => void;

  constructor(options: CheckedOptions, onClose: () => void) {
    this.#onClose = onClose;
    this.#archive = new Archive(options);
    this.line = this.#openLine(options);
    const { runtime } = options;
    const { selfId, post } = this.line;
    this.#confirmations = new Confirmations({
      runtime,
      selfId,
      members: (channel) => this.line.memberIds(channel),
      watch: (channel, changed) => this.line.watch(channel, changed),
    });
    this.#receipts = new ReceiptSender({
      selfId,
      post,
      hear: (memberId, receipt) => void this.#confirmations.hear(memberId, receipt),
      onFault: (error) => this.report({ type: 'fault', during: 'settle', channel: '', error }),
    });
    this.#members = new MemberStore({
      ...options,
      maxReplyBytes: DEFAULT_SETTINGS.maxEventBytes,
      onReceipt: (publisher, receipt) => this.#receipts.send(publisher, receipt),
    });
    this.#inbox = this.#openInbox(options);
    this.#outbox = this.#openOutbox(options);
    this.#librarian = new Librarian({
      selfId,
      post,
      archive: this.#archive,
      isMember: (channel) => this.line.isMember(channel),
      headsOf: (channel) =>
        new Map([...this.#inbox.cursorsOf(channel), [selfId, this.#outbox.head(channel)]]),
    });
  }

  get notifier(): LocalNotifier {
    return this.#members.notifier;
  }

  append(events: readonly NewEvent[]): Promise<void> {
    return this.#outbox.publish(events);
  }

  appendConfirmed(event: NewEvent, terms: ResolvedTerms): Promise<Confirmation> {
    this.line.requireOpen();
    return this.line.holdProcess(this.#outbox.publishConfirmed(event, terms));
  }

  /** Whoever asks for events is a member from then on. */
  claim(request: ClaimRequest): Claim {
    this.line.keep(request.channel);
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
    this.#observers.add(report);
    const stop = this.#members.observe(report);
    return () => {
      this.#observers.delete(report);
      stop();
    };
  }

  report(event: ObserverEvent): void {
    for (const report of this.#observers) report(event);
  }

  /** The page stands still from now on: nobody waits for it. */
  suspend(): void {
    this.#receipts.flush();
    this.#inbox.standStill();
    this.line.suspend();
  }

  /** It goes on, and gets what it missed. */
  async resume(): Promise<void> {
    if (await this.line.resume()) this.#inbox.goOn();
  }

  close(): void {
    this.#receipts.flush();
    this.#inbox.close();
    this.line.close();
    this.#confirmations.close();
    this.#onClose();
  }

  #openLine(options: CheckedOptions): Line {
    return new Line(options, {
      onMessage: (message) => this.#hear(message),
      onIgnored: (reason) => this.report({ type: 'message-ignored', reason }),
      onJoin: (channel) => this.#inbox.join(channel),
      onLeave: (channel) => this.#inbox.leave(channel),
      onJoined: (channel, others) => this.#inbox.expectHistories(channel, others),
    });
  }

  #openInbox({ runtime, history, maxBacklogBytes }: CheckedOptions): Inbox {
    return new Inbox({
      runtime,
      selfId: this.line.selfId,
      archive: this.#archive,
      history,
      sizeOf: ({ payload, metadata }) => estimateBytes([payload, metadata], maxBacklogBytes),
      post: this.line.post,
      askAll: (channel) => this.line.sayHello({ returned: [channel] }),
      store: (sized, isReplayed) => this.#keep(sized, isReplayed),
      report: (event) => this.report(event),
    });
  }

  #openOutbox({ self }: CheckedOptions): Outbox {
    return new Outbox({
      selfId: this.line.selfId,
      confirmations: this.#confirmations,
      others: (channel) => this.line.others(channel),
      sendsToSelf: self,
      isMember: (channel) => this.line.isMember(channel),
      untilOpen: () => this.line.untilOpen(),
      post: this.line.post,
      onSent: (sized, isForSelf) => {
        this.#archive.add(sized);
        if (isForSelf) this.#inbox.receiveOwn(sized);
      },
    });
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
        return this.#inbox.hearHeads(message);
      case 'replay':
        return this.#inbox.hearReplay(message);
      case 'history':
        return this.#inbox.hearHistory(message);
      case 'hello':
        return this.#librarian.hearHello(message);
      case 'ask':
        return this.#librarian.hearAsk(message);
      case 'recall':
        return this.#librarian.hearRecall(message);
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
      if (!this.#confirmations.hear(from, receipt))
        this.report({ type: 'message-ignored', reason: 'unexpected' });
  }
}
