import type { Activity } from './activity.ts';
import { ChannelView } from './channel-view.ts';
import { ChannelsView } from './channels-view.ts';
import { element } from './dom.ts';
import type { InspectedSource } from './inspected-source.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { Notices } from './notices.ts';
import { QuestionDialog } from './question-dialog.ts';
import type { ReceiptLog } from './receipt-log.ts';
import { StatusView } from './status-view.ts';
import { emptyText } from './table.ts';
import { Ticker } from './ticker.ts';

export interface SourceViewParts {
  readonly source: InspectedSource;
  readonly activity: Activity;
  readonly receipts: ReceiptLog;
}

/** One source: its channels, and the channel that the visitor selects. */
export class SourceView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #ended = new AbortController();
  readonly #dialog = new QuestionDialog();
  readonly #notices = new Notices();
  readonly #status: StatusView;
  readonly #channels: ChannelsView;
  readonly #place = element('div', { class: 'place' }, emptyText('No channel holds an event.'));
  #channel: ChannelView | undefined;

  constructor({ source, activity, receipts }: SourceViewParts) {
    const { runtime } = source;
    this.#notices.faults.hidden = true;
    this.#ports = {
      ...{ source, runtime, activity, receipts },
      ticker: new Ticker(runtime),
      ask: (question) => this.#dialog.ask(question),
      say: (text) => this.#notices.say(text),
      fail: (part, error) => this.#notices.fail(part, error),
      signal: this.#ended.signal,
    };
    this.#status = new StatusView(source);
    this.#channels = new ChannelsView(this.#ports, (channel) => this.#select(channel));
    this.element = element(
      'div',
      { class: 'source' },
      element(
        'div',
        { class: 'notices' },
        this.#status.element,
        this.#notices.result,
        this.#notices.faults,
      ),
      element('div', { class: 'columns' }, this.#channels.element, this.#place),
      this.#dialog.element,
    );
  }

  end(): void {
    this.#ended.abort();
    this.#ports.ticker.end();
    this.#channel?.end();
    this.#channels.end();
    this.#status.end();
    this.#dialog.end();
  }

  #select(channel: string): void {
    const tab = this.#channel?.tab;
    this.#channel?.end();
    // A watch may answer at once, for a channel that is not shown yet.
    this.#channel = new ChannelView(this.#ports, channel, {
      tab,
      onCounts: (counts) => this.#channels?.count(channel, counts),
    });
    this.#place.replaceChildren(this.#channel.element);
  }
}
