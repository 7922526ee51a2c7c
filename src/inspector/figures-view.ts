import type { ChannelStats } from '../core/events/message.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { Chart } from './chart.ts';
import { element, setText } from './dom.ts';
import { formatChange, formatCount } from './format.ts';
import type { InspectorPorts, View } from './inspector-ports.ts';
import { type Rates, Samples } from './samples.ts';

const LABELS = {
  ready: 'Ready',
  scheduled: 'Scheduled',
  leased: 'Leased',
  dead: 'Dead',
  quarantined: 'Quarantined rows',
  change: 'Backlog change',
  published: 'Published here',
  acknowledged: 'Acknowledged here',
} as const;

type Figure = keyof typeof LABELS;

/** The counts of a channel, its rates, and their course over two minutes. */
export class FiguresView implements View {
  readonly element: HTMLElement;
  readonly #ports: InspectorPorts;
  readonly #channel: string;
  readonly #backlog = new Chart();
  readonly #rates = new Chart();
  readonly #samples = new Samples();
  readonly #figures: ReadonlyMap<Figure, { readonly box: HTMLElement; readonly value: Element }>;
  readonly #stopTicks: Stop;
  #counts: ChannelStats | undefined;

  constructor(ports: InspectorPorts, channel: string) {
    this.#ports = ports;
    this.#channel = channel;
    const made = (Object.keys(LABELS) as Figure[]).map((figure) => {
      const value = element('dd');
      const box = element('div', { class: figure }, element('dt', {}, LABELS[figure]), value);
      return [figure, { box, value }] as const;
    });
    this.#figures = new Map(made);
    const list = element('dl', { class: 'figures' }, ...made.map(([, { box }]) => box));
    const charts = element('div', { class: 'charts' }, this.#backlog.element, this.#rates.element);
    this.element = element('div', { class: 'overview' }, list, charts);
    this.#stopTicks = ports.ticker.each(() => this.#sample());
    this.#show();
  }

  count(counts: ChannelStats): void {
    const isFirst = this.#counts === undefined;
    this.#counts = counts;
    if (isFirst) this.#sample();
    else this.#show();
  }

  end(): void {
    this.#stopTicks();
  }

  #sample(): void {
    if (!this.#counts) return;
    const { ready, leased, scheduled } = this.#counts;
    const counted = this.#ports.activity.of(this.#channel);
    const at = this.#ports.runtime.now();
    this.#samples.add({ at, backlog: ready + leased + scheduled, ...counted });
    this.#draw();
    this.#show();
  }

  #draw(): void {
    const { backlogs, rates } = this.#samples;
    const { isFed } = this.#ports.activity;
    const most = Math.max(...backlogs);
    this.#backlog.draw({
      title: 'Backlog, 2 min',
      text: `at most ${formatCount(most)}`,
      lines: [backlogs],
    });
    const of = (rate: keyof Rates) => rates.map((one) => one[rate]);
    const lines = isFed ? [of('published'), of('acknowledged')] : [of('change')];
    const highest = Math.max(0, ...lines.flat());
    this.#rates.draw({
      title: isFed ? 'Published ─ acknowledged ┄' : 'Change of the backlog',
      text: `at most ${formatChange(Math.round(highest))}/s`,
      lines,
    });
  }

  #show(): void {
    const { isFed } = this.#ports.activity;
    const rates = this.#samples.newestRates;
    const { ready, scheduled, leased, dead, quarantined } = this.#counts ?? {};
    for (const [figure, count] of Object.entries({ ready, scheduled, leased, dead }))
      this.#set(figure as Figure, count === undefined ? '–' : formatCount(count));
    this.#set('quarantined', quarantined && formatCount(quarantined));
    this.#set('change', `${formatChange(Math.round(rates.change))}/s`);
    for (const figure of ['published', 'acknowledged'] as const)
      this.#set(figure, isFed && `${formatCount(Math.round(rates[figure]))}/s`);
  }

  /** Without a text the figure is absent. */
  #set(figure: Figure, text: string | false | undefined | 0): void {
    const { box, value } = this.#figures.get(figure) as { box: HTMLElement; value: Element };
    box.hidden = !text;
    if (text) setText(value, text);
    value.classList.toggle('zero', text === '0' || text === '0/s');
  }
}
