import type { ChannelStats } from '../core/events/message.ts';
import type { EventState } from '../core/protocols/browsed-page.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { watchCounts } from './counts-watch.ts';
import { element } from './dom.ts';
import { canList } from './event-reader.ts';
import { EventsView } from './events-view.ts';
import { FiguresView } from './figures-view.ts';
import { formatCount } from './format.ts';
import { GroupsView } from './groups-view.ts';
import type { InspectedSource } from './inspected-source.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { KeysView } from './keys-view.ts';
import { MembersView } from './members-view.ts';
import { Tabs } from './tabs.ts';

const LABELS = {
  ready: 'Ready',
  scheduled: 'Scheduled',
  leased: 'Leased',
  dead: 'Dead letters',
  acknowledged: 'Kept',
  groups: 'Groups',
  keys: 'Blocked keys',
  members: 'Members',
} as const;

export type TabId = keyof typeof LABELS;

const STATES: readonly EventState[] = ['ready', 'scheduled', 'leased', 'dead', 'acknowledged'];

/** How often groups and keys are read while they are on view, in ticks of a second. */
const READ_TICKS = 2;

type Panel = EventsView | GroupsView | KeysView | MembersView;

/** One channel: its figures, and a tab for each thing that its backend can show. */
export class ChannelView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #channel: string;
  readonly #figures: FiguresView;
  readonly #tabs: Tabs;
  readonly #stops: readonly Stop[];
  #panel: Panel | undefined;
  #selected: TabId | undefined;
  #counts: ChannelStats | undefined;
  #ticks = 0;

  constructor(
    ports: InspectorPorts,
    channel: string,
    { tab, onCounts }: { tab: TabId | undefined; onCounts: (counts: ChannelStats) => void },
  ) {
    this.#ports = ports;
    this.#channel = channel;
    this.#figures = new FiguresView(ports, channel);
    const ids = tabsFor(ports.source);
    const parts = ids.map((id) => ({ id, label: LABELS[id] }));
    this.#tabs = new Tabs(parts, (id) => this.#select(id as TabId));
    const title = element('h2', {}, channel);
    const head = ports.source.can('stats') ? [title, this.#figures.element] : [title];
    const body = ids.length > 0 ? [this.#tabs.list, this.#tabs.panel] : [];
    this.element = element(
      'section',
      { class: 'channel', 'aria-label': channel },
      ...head,
      ...body,
    );
    const first = tab && ids.includes(tab) ? tab : ids[0];
    if (first) this.#select(first);
    this.#stops = [
      ports.ticker.each(() => this.#tick()),
      watchCounts(ports, channel, (counts) => {
        onCounts(counts);
        this.#count(counts);
      }),
    ];
  }

  /** The tab on view, to show the same of another channel. */
  get tab(): TabId | undefined {
    return this.#selected;
  }

  end(): void {
    for (const stop of this.#stops) stop();
    this.#figures.end();
    this.#panel?.end();
  }

  #select(id: TabId, group?: string): void {
    this.#panel?.end();
    this.#selected = id;
    this.#tabs.mark(id);
    this.#panel = this.#makePanel(id, group);
    this.#tabs.panel.replaceChildren(this.#panel.element);
    this.#countPanel();
    if ('read' in this.#panel) this.#panel.read();
  }

  #makePanel(id: TabId, group: string | undefined): Panel {
    const [ports, channel] = [this.#ports, this.#channel];
    switch (id) {
      case 'groups':
        return new GroupsView(ports, channel, (asked) => {
          this.#select('dead', asked);
          this.#tabs.focus('dead');
        });
      case 'keys':
        return new KeysView(ports, channel);
      case 'members':
        return new MembersView(ports, channel);
      default:
        return new EventsView(ports, { channel, state: id, group });
    }
  }

  #count(counts: ChannelStats): void {
    this.#counts = counts;
    this.#figures.count(counts);
    for (const state of ['ready', 'scheduled', 'leased', 'dead'] as const)
      this.#tabs.count(state, formatCount(counts[state]));
    this.#countPanel();
  }

  #countPanel(): void {
    if (this.#counts && this.#panel instanceof EventsView) this.#panel.count(this.#counts);
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % READ_TICKS === 0 && this.#panel && 'read' in this.#panel) this.#panel.read();
  }
}

/** What the backend can show. */
function tabsFor(source: InspectedSource): readonly TabId[] {
  const hasGroups = (source.can('groups') || source.can('localGroups')) && source.can('stats');
  return [
    ...STATES.filter((state) => canList(source, { state })),
    ...(hasGroups ? (['groups'] as const) : []),
    ...(source.can('keys') ? (['keys'] as const) : []),
    ...(source.can('members') ? (['members'] as const) : []),
  ];
}
