import type { Confirmation, Member, ObserverEvent, Receipt } from 'ackline';
import { button, element, formatCount, setText } from '../dom.ts';
import { answerForm } from './answer-form.ts';
import { Answerer } from './answerer.ts';
import { askForm } from './ask-form.ts';
import { choice } from './choice.ts';
import { MemberNames } from './member-names.ts';
import { MembersView } from './members-view.ts';
import { type FanOutEvents, openFanOut } from './open-fan-out.ts';
import { ReceiptsView } from './receipts-view.ts';

/** Many, so that a hanging event does not delay others. */
const CONCURRENCY = 100;

/** The labels of the time limits, by milliseconds. */
const TIMEOUTS: Readonly<Record<string, string>> = { 1000: '1 s', 5000: '5 s', 30000: '30 s' };

export interface FanOutPorts {
  readonly tabName: string;
  /** Runs the visitor's action, and shows its error if it fails. */
  readonly run: (action: () => unknown) => unknown;
  readonly observe: (event: ObserverEvent) => void;
  readonly confirmed: (confirmation: Confirmation) => void;
}

/** Every tab gets its own copy of each event, and the publisher sees the outcome in each tab. */
export class FanOutPanel {
  readonly elements: readonly HTMLElement[];
  readonly events: FanOutEvents;
  readonly #ports: FanOutPorts;
  readonly #answerer: Answerer;
  readonly #names: MemberNames;
  readonly #membersView: MembersView;
  readonly #receiptsView: ReceiptsView;
  readonly #received = element('strong', { 'data-testid': 'received-count' }, '0');
  readonly #openedAt = Date.now();
  #members: readonly Member[] = [];
  #receivedCount = 0;
  #publishedCount = 0;
  #timeoutMs = 30_000;

  constructor(ports: FanOutPorts) {
    this.#ports = ports;
    this.events = openFanOut((event) => this.#observe(event));
    this.#answerer = new Answerer(ports.tabName);
    this.#names = new MemberNames(this.events, () => this.#showNames());
    this.#membersView = new MembersView(this.#names);
    this.#receiptsView = new ReceiptsView(this.#names);
    this.elements = [this.#membersCard(), this.#receiptsCard()];
    this.#join();
  }

  #join(): void {
    const { tabName } = this.#ports;
    const introduction = { name: tabName, openedAt: this.#openedAt };
    // First, so that a tab that sees this tab can ask it for its name.
    this.events.listen('tab.introduce', (delivery) => delivery.ack(introduction));
    this.events.listen(
      'cart.changed',
      (delivery) => {
        this.#receivedCount += 1;
        setText(this.#received, formatCount(this.#receivedCount));
        return this.#answerer.handle(delivery);
      },
      { concurrency: CONCURRENCY },
    );
    this.events.watchMembers('cart.changed', (members) => this.#showMembers(members));
  }

  async #publish(): Promise<void> {
    this.#publishedCount += 1;
    const { tabName } = this.#ports;
    const title = `Cart ${this.#publishedCount} of ${tabName}`;
    const round = this.#receiptsView.begin(title, this.#members);
    const onReceipt = (receipt: Receipt) => round.note(receipt);
    const terms = { timeoutMs: this.#timeoutMs, onReceipt };
    let receipts: readonly Receipt[] = [];
    try {
      const metadata = { from: tabName };
      const confirmation = await this.events.publishConfirmed(
        'cart.changed',
        { title },
        metadata,
        terms,
      );
      ({ receipts } = confirmation);
      this.#ports.confirmed(confirmation);
    } finally {
      round.end(receipts);
    }
  }

  #showMembers(members: readonly Member[]): void {
    this.#members = members;
    for (const { isSelf, memberId } of members)
      if (isSelf) this.#names.set(memberId, this.#ports.tabName);
    this.#names.learn(members);
    this.#membersView.show(members);
  }

  #showNames(): void {
    this.#membersView.refresh();
    this.#receiptsView.refresh();
  }

  /** The requests for names between tabs are not shown to the visitor. */
  #observe(event: ObserverEvent): void {
    if ('channel' in event && event.channel === 'tab.introduce' && event.type !== 'fault') return;
    this.#ports.observe(event);
  }

  #membersCard(): HTMLElement {
    return element(
      'article',
      { class: 'card fan-out', 'aria-labelledby': 'members-title' },
      element('h3', { id: 'members-title' }, 'Open tabs'),
      this.#membersView.element,
      answerForm((answer) => this.#answerer.choose(answer)),
      element('p', {}, this.#received, ' received here'),
      askForm(this.events, this.#ports.run),
    );
  }

  #receiptsCard(): HTMLElement {
    const publish = button('Publish to all', 'publish-all', () =>
      this.#ports.run(() => this.#publish()),
    );
    publish.classList.add('primary');
    const timeout = choice('timeout', 'Wait at most', TIMEOUTS, String(this.#timeoutMs), (ms) => {
      this.#timeoutMs = Number(ms);
    });
    return element(
      'article',
      { class: 'card fan-out', 'aria-labelledby': 'receipts-title' },
      element('h3', { id: 'receipts-title' }, 'Receipts'),
      element('div', { class: 'publish-row' }, publish, timeout),
      this.#receiptsView.element,
    );
  }
}
