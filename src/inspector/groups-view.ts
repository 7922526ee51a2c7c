import type { ChannelStats } from '../core/events/message.ts';
import type { GroupStats } from '../groups/group-stats.ts';
import { button, element } from './dom.ts';
import { formatCount } from './format.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { Reading } from './reading.ts';
import { emptyText, markedName, tableOf } from './table.ts';

const HEADS = ['Queue', 'Ready', 'Scheduled', 'Leased', 'Dead', 'Letters'];

/** The queues of a channel. `onLetters`: the visitor asks for the dead letters of one, undefined for the plain queue. */
export class GroupsView implements View {
  readonly element: HTMLElement = element('div', { class: 'table-box' });
  readonly #reading: Reading<GroupStats>;
  readonly #hasLetters: boolean;
  readonly #onLetters: (group: string | undefined) => void;
  #shown = '';

  constructor(
    { source, fail }: InspectorPorts,
    channel: string,
    onLetters: (group?: string) => void,
  ) {
    this.#hasLetters = source.can('deadLetters');
    this.#onLetters = onLetters;
    const read = () => source.groupStats(channel);
    this.#reading = new Reading({ fail }, 'groups', read, (stats) => this.#show(stats));
  }

  read(): void {
    void this.#reading.run();
  }

  end(): void {
    this.#reading.end();
  }

  #show({ plain, groups, slowest }: GroupStats): void {
    // The buttons of a table that is the same must keep the focus.
    const shown = JSON.stringify([plain, groups]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const rows = groups.map(({ group, stats }) =>
      this.#row(group, stats, slowest.waiting > 0 && slowest.group === group),
    );
    const plainRow = this.#row(undefined, plain, slowest.waiting > 0 && slowest.group === null);
    const none = emptyText('The channel has no group.');
    this.element.replaceChildren(
      rows.length > 0 ? tableOf(HEADS, [plainRow, ...rows], 'numbers') : none,
    );
  }

  #row(
    group: string | undefined,
    { ready, scheduled, leased, dead }: ChannelStats,
    isSlowest: boolean,
  ): readonly (Node | string)[] {
    const name = group ?? 'plain queue';
    const letters = button('Show', () => this.#onLetters(group));
    letters.ariaLabel = `Show the dead letters of ${name}`;
    return [
      markedName(name, isSlowest && 'slowest'),
      ...[ready, scheduled, leased, dead].map(formatCount),
      dead > 0 && this.#hasLetters ? letters : '',
    ];
  }
}
