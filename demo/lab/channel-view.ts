import type { ChannelStats } from 'ackline';
import { button, element, formatCount, setText } from '../dom.ts';
import { type ChannelName, DESCRIPTIONS } from './channels.ts';
import { isWay, WAYS, type Way } from './publish-ways.ts';

export type PublishSome = (channel: ChannelName, count: number, way: Way) => void;

const STATES = ['ready', 'leased', 'scheduled', 'dead'] as const;
type State = (typeof STATES)[number];

/** One channel: the counts of its events by state, and the buttons that publish. */
export class ChannelView {
  readonly element: HTMLElement;
  readonly #numbers = new Map<State, HTMLElement>();

  constructor(channel: ChannelName, publish: PublishSome) {
    const counts = element(
      'dl',
      { class: 'counts' },
      ...STATES.map((it) => this.#tile(channel, it)),
    );
    const ways = waySelect(channel);
    const publishSome = (count: number) =>
      publish(channel, count, isWay(ways.value) ? ways.value : 'plain');
    const one = button('Publish one', `publish-one-${channel}`, () => publishSome(1));
    const many = button('Publish 1,000', `publish-thousand-${channel}`, () => publishSome(1_000));
    one.classList.add('primary');
    for (const each of [one, many])
      each.setAttribute('aria-label', `${each.textContent} to ${channel}`);
    this.element = element(
      'article',
      { class: 'card channel' },
      element('h3', { class: 'code' }, channel),
      element('p', { class: 'quiet' }, DESCRIPTIONS[channel]),
      counts,
      element('div', { class: 'actions' }, one, many, ways),
    );
  }

  show(stats: ChannelStats): void {
    for (const [state, number] of this.#numbers) {
      setText(number, formatCount(stats[state]));
      number.classList.toggle('zero', stats[state] === 0);
    }
  }

  #tile(channel: ChannelName, state: State): HTMLElement {
    const number = element(
      'dd',
      { class: 'zero', 'data-testid': `count-${channel}-${state}` },
      '–',
    );
    this.#numbers.set(state, number);
    return element('div', { class: `count ${state}` }, element('dt', {}, state), number);
  }
}

function waySelect(channel: ChannelName): HTMLSelectElement {
  const options = Object.entries(WAYS).map(([value, { label }]) =>
    element('option', { value }, label),
  );
  const label = `How events of ${channel} are delivered`;
  return element('select', { 'data-testid': `way-${channel}`, 'aria-label': label }, ...options);
}
