import { button, element, formatCount, setText } from '../dom.ts';
import { CHANNELS, type ChannelName } from './channels.ts';
import type { ConsumerControls, ConsumerState } from './consumer.ts';
import { DeliveriesView } from './deliveries-view.ts';
import { handlerForm } from './handler-form.ts';

const STATUS_WORDS = {
  running: 'listening',
  paused: 'paused',
  stopping: 'finishing: press to release',
  stopped: 'off',
} as const;

const SWITCH_VERBS = {
  running: 'stop',
  paused: 'stop',
  stopping: 'release',
  stopped: 'start',
} as const;

interface Titles {
  /** Prefix of the test ids. */
  readonly name: string;
  readonly title: string;
  readonly explanation: string;
}

/** One consumer: a switch per channel, the behaviour of its handlers, and its current deliveries. */
export class ConsumerView {
  readonly element: HTMLElement;
  readonly #controls: ConsumerControls;
  readonly #switches = new Map<ChannelName, HTMLButtonElement>();
  readonly #all: HTMLButtonElement;
  readonly #acknowledged: HTMLElement;
  readonly #deliveries: DeliveriesView;
  #statuses: ConsumerState['statuses'] | undefined;

  constructor(titles: Titles, controls: ConsumerControls, run: (action: () => void) => void) {
    const { name } = titles;
    this.#controls = controls;
    this.#deliveries = new DeliveriesView(name);
    this.#all = button('Start all', `${name}-all`, () => run(() => this.#switchAll()));
    this.#all.setAttribute('aria-describedby', `${name}-title`);
    this.#acknowledged = element('strong', { 'data-testid': `${name}-acknowledged` }, '0');
    const attributes = {
      class: 'card consumer',
      'aria-labelledby': `${name}-title`,
      'data-testid': `${name}-consumer`,
    };
    const switches = CHANNELS.map((channel) => {
      const made = this.#switch(name, channel, run);
      this.#switches.set(channel, made);
      return made;
    });
    this.element = element(
      'article',
      attributes,
      this.#head(titles),
      element('div', { class: 'switches' }, ...switches),
      handlerForm(name, (settings) => run(() => controls.configure(settings))),
      element('h4', {}, 'Deliveries'),
      this.#deliveries.element,
    );
  }

  /** Adds a button beside “Start all”. */
  addAction(action: HTMLButtonElement): void {
    this.#all.after(action);
  }

  show(state: ConsumerState): void {
    this.#statuses = state.statuses;
    for (const [channel, made] of this.#switches) showStatus(made, state.statuses[channel]);
    const label = this.#isAnyRunning() ? 'Stop all' : 'Start all';
    setText(this.#all, label);
    setText(this.#acknowledged, formatCount(state.acknowledgedCount));
    this.#deliveries.show(state);
  }

  #head({ name, title, explanation }: Titles): HTMLElement {
    const actions = element('div', { class: 'actions' }, this.#all);
    return element(
      'div',
      { class: 'consumer-head' },
      element('h3', { id: `${name}-title` }, title),
      actions,
      element('p', { class: 'quiet' }, explanation),
      element('p', {}, this.#acknowledged, ' acknowledged'),
    );
  }

  #switch(
    name: string,
    channel: ChannelName,
    run: (action: () => void) => void,
  ): HTMLButtonElement {
    const made = button('', `${name}-switch-${channel}`, () =>
      run(() => this.#controls[SWITCH_VERBS[this.#statuses?.[channel] ?? 'stopped']](channel)),
    );
    made.className = 'switch';
    made.append(
      element('span', { class: 'knob', 'aria-hidden': 'true' }),
      element('span', { class: 'code' }, channel),
      element('span', { class: 'quiet status' }, STATUS_WORDS.stopped),
    );
    return made;
  }

  #isAnyRunning(): boolean {
    return CHANNELS.some((channel) => this.#statuses?.[channel] === 'running');
  }

  #switchAll(): void {
    const verb = this.#isAnyRunning() ? 'stop' : 'start';
    for (const channel of CHANNELS) this.#controls[verb](channel);
  }
}

function showStatus(made: HTMLButtonElement, status: keyof typeof STATUS_WORDS): void {
  if (made.dataset['status'] === status) return;
  made.dataset['status'] = status;
  made.setAttribute('aria-pressed', String(status !== 'stopped'));
  const words = made.querySelector('.status');
  if (words) setText(words, STATUS_WORDS[status]);
}
