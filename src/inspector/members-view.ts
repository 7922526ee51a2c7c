import type { Member } from '../core/events/receipts.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { visibleText } from './describe-value.ts';
import { element } from './dom.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { emptyText, markedName, tableOf } from './table.ts';

const HEADS = ['Event', 'Member', 'Outcome', 'Reason'];

/** The contexts that receive the events of a channel, and the receipts that the application has shown. */
export class MembersView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #channel: string;
  readonly #members = element('div');
  readonly #receipts = element('div');
  readonly #stop: Stop;
  #shown = -1;

  constructor(ports: InspectorPorts, channel: string) {
    this.#ports = ports;
    this.#channel = channel;
    const title = element('h3', {}, 'Receipts');
    this.element = element('div', { class: 'table-box' }, this.#members, title, this.#receipts);
    this.#stop = this.#watch();
  }

  /** Shows new receipts. */
  read(): void {
    const { receipts } = this.#ports;
    if (receipts.version === this.#shown) return;
    this.#shown = receipts.version;
    const rows = receipts
      .of(this.#channel)
      .map(({ eventId, memberId, outcome, reason }) =>
        [eventId, memberId, outcome, reason ?? ''].map(visibleText),
      );
    const none = emptyText('The page has shown no receipt.');
    this.#receipts.replaceChildren(rows.length > 0 ? tableOf(HEADS, rows, 'words') : none);
  }

  end(): void {
    this.#stop();
  }

  #watch(): Stop {
    const { verbs } = this.#ports.source;
    try {
      return verbs.watchMembers?.(this.#channel, (members) => this.#show(members)) ?? ignore;
    } catch (error) {
      this.#ports.fail('members', error);
      return ignore;
    }
  }

  #show(members: readonly Member[]): void {
    const rows = members.map(({ memberId, isSelf }) => [
      markedName(visibleText(memberId), isSelf && 'this page'),
    ]);
    const none = emptyText('The channel has no member.');
    this.#members.replaceChildren(rows.length > 0 ? tableOf(['Member'], rows, 'words') : none);
  }
}
