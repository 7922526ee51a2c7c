import type { ChannelStats } from '../core/events/message.ts';
import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { button, element, setText } from './dom.ts';
import { listActions } from './event-actions.ts';
import { eventColumns } from './event-columns.ts';
import { EventDetail } from './event-detail.ts';
import { EventPages } from './event-pages.ts';
import { type EventReader, eventReader, type Listed } from './event-reader.ts';
import { formatCount, formatMany } from './format.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { VirtualGrid } from './virtual-grid.ts';

/**
 * The events of a channel in one state. The list follows the changes until the visitor scrolls it or chooses a row. From then on it
 * stays as it was read, so that no row moves away from under the visitor.
 */
export class EventsView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #listed: Listed;
  readonly #reader: EventReader;
  readonly #pages: EventPages;
  readonly #grid: VirtualGrid<BrowsedEvent>;
  readonly #place = element('span', { class: 'place-text' });
  readonly #empty = element('p', { class: 'empty' });
  readonly #actions: readonly HTMLButtonElement[];
  readonly #stopTicks: Stop;
  #detail: EventDetail | undefined;
  #hasChanged = false;

  constructor(ports: InspectorPorts, listed: Listed) {
    this.#ports = ports;
    this.#listed = listed;
    this.#reader = eventReader(ports.source, listed);
    this.#pages = new EventPages({
      read: this.#reader.read,
      skip: this.#reader.skip,
      runtime: ports.runtime,
      onChange: () => {
        ports.fail('list', undefined);
        this.#show();
      },
      onFault: (error) => ports.fail('list', error),
    });
    this.#grid = this.#makeGrid();
    this.#actions = listActions(ports, listed).map(({ label, isFinal, run }) =>
      button(
        label,
        () => void run().then((isDone) => isDone && this.refresh()),
        isFinal ? 'final' : '',
      ),
    );
    const refresh = button('Refresh', () => this.refresh());
    const bar = element('div', { class: 'list-bar' }, this.#place, refresh, ...this.#actions);
    const list = element('div', { class: 'list' }, this.#grid.element, this.#empty);
    this.element = element('div', { class: 'events' }, bar, list);
    this.#stopTicks = ports.ticker.each(() => this.#tick());
    this.#show();
  }

  /** The counts of the channel have changed. Those of a group, and of kept events, are not known. */
  count(counts: ChannelStats): void {
    const { state, group } = this.#listed;
    const isKnown = state !== 'acknowledged' && group === undefined;
    this.#pages.count(isKnown ? counts[state] : 0);
    this.#hasChanged = true;
    this.#show();
  }

  /** Reads the list anew, from its top. */
  refresh(): void {
    this.#grid.toTop();
    this.#pages.refresh();
  }

  end(): void {
    this.#stopTicks();
    this.#pages.end();
    this.#grid.end();
  }

  #makeGrid(): VirtualGrid<BrowsedEvent> {
    const { state } = this.#listed;
    return new VirtualGrid({
      label: `Events, ${state}`,
      name: 'event',
      columns: eventColumns(state, () => this.#ports.runtime.now()),
      rowAt: (index) => this.#pages.at(index),
      onView: (first, last) => this.#pages.want(first, last),
      onOpen: (event, index) => this.#open(event, index),
    });
  }

  /** Leases are extended without a change of the counts, so they are read at each tick. */
  #tick(): void {
    const isDue = this.#hasChanged || this.#listed.state === 'leased';
    if (isDue && this.#grid.isFollowing) {
      this.#hasChanged = false;
      this.#pages.refresh();
    }
    this.#show();
  }

  #show(): void {
    const { total, progress } = this.#pages;
    const { group, state } = this.#listed;
    this.#grid.show(total);
    this.#empty.hidden = total > 0;
    setText(this.#empty, `No ${state === 'dead' ? 'dead letter' : `${state} event`}.`);
    const ofGroup = group === undefined ? '' : ` of the group ${group}`;
    const paused = this.#hasChanged && !this.#grid.isFollowing ? ', as they were read' : '';
    const shown = `${formatMany(total, 'event')}${ofGroup}${paused}`;
    setText(
      this.#place,
      progress === undefined ? shown : `Reading… ${formatCount(progress)} of ${shown}`,
    );
    for (const action of this.#actions) action.disabled = total === 0;
  }

  #open(event: BrowsedEvent, index: number): void {
    this.#detail?.element.remove();
    this.#detail = new EventDetail({
      ports: this.#ports,
      listed: this.#listed,
      reader: this.#reader,
      event,
      before: this.#pages.cursorBefore(index),
      onClose: () => this.#close(),
      onChanged: () => {
        this.#close();
        this.refresh();
      },
    });
    this.element.append(this.#detail.element);
    this.#detail.focus();
  }

  #close(): void {
    this.#detail?.element.remove();
    this.#detail = undefined;
    this.#grid.element.focus();
  }
}
