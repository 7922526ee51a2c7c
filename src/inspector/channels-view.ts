import type { ChannelStats } from '../core/events/message.ts';
import type { ChannelCounts } from '../core/protocols/browsed-page.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { button, element } from './dom.ts';
import { formatShort } from './format.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { Reading } from './reading.ts';
import { type Column, VirtualGrid } from './virtual-grid.ts';

const PAGE = 100;
const LEAST_REST_MS = 2_000;
/** A read is followed by a rest of this many times its duration. */
const REST_SHARE = 20;

interface ChannelRow {
  readonly channel: string;
  /** Undefined where the backend cannot count. */
  readonly stats: ChannelStats | undefined;
}

interface Found {
  readonly rows: readonly ChannelRow[];
  readonly hasMore: boolean;
}

/** The channels of a source with their counts. Read at intervals, because a backend reports changes of single channels only. */
export class ChannelsView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #onSelect: (channel: string) => void;
  readonly #grid: VirtualGrid<ChannelRow>;
  readonly #more: HTMLButtonElement;
  readonly #stopTicks: Stop;
  readonly #reading: Reading<Found>;
  #rows: readonly ChannelRow[] = [];
  #selected: string | undefined;
  #limit = PAGE;
  #readAt = Number.NEGATIVE_INFINITY;
  #restMs = LEAST_REST_MS;

  constructor(ports: InspectorPorts, onSelect: (channel: string) => void) {
    this.#ports = ports;
    this.#onSelect = onSelect;
    this.#grid = new VirtualGrid<ChannelRow>({
      label: 'Channels',
      name: 'channel',
      columns: columnsFor(ports),
      rowAt: (index) => this.#rows[index],
      onOpen: ({ channel }) => this.select(channel),
      isSelected: ({ channel }) => channel === this.#selected,
    });
    this.#more = button('More channels', () => {
      this.#limit += PAGE;
      void this.#reading.run();
    });
    this.#more.hidden = true;
    this.element = element('div', { class: 'channels' }, this.#grid.element, this.#more);
    const [read, show] = [() => this.#read(), (found: Found) => this.#show(found)];
    this.#reading = new Reading(ports, 'channels', read, show);
    this.#stopTicks = ports.ticker.each(() => this.#tick());
    this.#tick();
  }

  select(channel: string): void {
    if (channel === this.#selected) return;
    this.#selected = channel;
    this.#grid.render();
    this.#onSelect(channel);
  }

  /** Newer counts of one channel. */
  count(channel: string, stats: ChannelStats): void {
    this.#rows = this.#rows.map((row) => (row.channel === channel ? { channel, stats } : row));
    this.#grid.render();
  }

  end(): void {
    this.#reading.end();
    this.#stopTicks();
    this.#grid.end();
  }

  /** A clock that was set back must not stop the reads. */
  #tick(): void {
    const restedMs = Math.abs(this.#ports.runtime.now() - this.#readAt);
    if (restedMs >= this.#restMs) void this.#reading.run();
  }

  async #read(): Promise<Found> {
    const { runtime } = this.#ports;
    const startedAt = runtime.now();
    const found = await readChannels(this.#ports, this.#limit);
    this.#readAt = runtime.now();
    this.#restMs = Math.max(LEAST_REST_MS, REST_SHARE * (this.#readAt - startedAt));
    return found;
  }

  #show({ rows, hasMore }: Found): void {
    this.#more.hidden = !hasMore;
    // A channel that has just become empty stays, so that its row does not vanish from under the visitor.
    const isGone =
      this.#selected !== undefined && !rows.some(({ channel }) => channel === this.#selected);
    const kept = isGone ? this.#rows.filter(({ channel }) => channel === this.#selected) : [];
    this.#rows = [...rows, ...kept].sort((a, b) => (a.channel < b.channel ? -1 : 1));
    this.#grid.show(this.#rows.length);
    const [first] = this.#rows;
    if (this.#selected === undefined && first) this.select(first.channel);
  }
}

async function readChannels({ source }: InspectorPorts, limit: number): Promise<Found> {
  const { channels, after } = source.can('channels')
    ? await source.channels(limit)
    : { channels: [] as readonly ChannelCounts[] };
  const others = source.channelNames.filter(
    (name) => !channels.some(({ channel }) => channel === name),
  );
  const named: ChannelRow[] = [];
  for (const channel of others)
    named.push({
      channel,
      stats: source.can('stats') ? await source.verbs.stats(channel) : undefined,
    });
  return { rows: [...channels, ...named], hasMore: after !== undefined };
}

function columnsFor({ source }: InspectorPorts): readonly Column<ChannelRow>[] {
  const name: Column<ChannelRow> = {
    label: 'Channel',
    track: 'minmax(5rem, 1fr)',
    text: ({ channel }) => channel,
  };
  if (!source.can('stats')) return [name];
  const count = (label: string, kind: string, of: (stats: ChannelStats) => number) => ({
    label,
    track: '3.5rem',
    kind: `number ${kind}`,
    text: ({ stats }: ChannelRow) => (stats ? formatShort(of(stats)) : '–'),
  });
  return [
    name,
    count('Waiting', '', ({ ready, scheduled }) => ready + scheduled),
    count('Leased', '', ({ leased }) => leased),
    count('Dead', 'bad', ({ dead }) => dead),
  ];
}
