import type { ChannelStats, DeadLetter, DeadReason } from 'ackline';
import { button, element, formatCount, setText } from '../dom.ts';
import { CHANNELS, type ChannelName, type DemoSchema } from './channels.ts';
import type { DemoEvents } from './open-events.ts';

/** For each channel. A thousand rows would be no help to the visitor. */
const MAX_LETTERS = 8;

type Letter = DeadLetter<DemoSchema[ChannelName]>;

const WORDS: Readonly<Record<DeadReason, string>> = {
  rejected: 'rejected',
  'attempts-exhausted': 'out of attempts',
  expired: 'expired',
  blocked: 'blocked by another event',
  dropped: 'dropped for newer ones',
  invalid: 'invalid',
  undecodable: 'undecodable',
};

/** The dead letters of all channels. They are read again when their number changes. */
export class DeadLettersView {
  readonly element: HTMLElement;
  readonly #list = element('ol', {
    class: 'dead-letters',
    tabindex: '0',
    'aria-label': 'Dead letters',
  });
  readonly #note = element('p', { class: 'quiet empty' });
  readonly #events: DemoEvents;
  readonly #letters = new Map<ChannelName, readonly Letter[]>();
  readonly #counts = new Map<ChannelName, number>();

  constructor(events: DemoEvents, run: (action: () => unknown) => unknown) {
    this.#events = events;
    const actions = element(
      'div',
      { class: 'actions' },
      button('Put all back', 'redrive', () => void run(() => this.#forAll('redrive'))),
      button('Delete all', 'purge', () => void run(() => this.#forAll('purge'))),
    );
    this.element = element('div', { class: 'card scroll-card' }, this.#note, actions, this.#list);
  }

  async #forAll(verb: 'redrive' | 'purge'): Promise<void> {
    for (const channel of CHANNELS) await this.#events[verb](channel);
  }

  async show(channel: ChannelName, { dead }: ChannelStats): Promise<void> {
    if (this.#counts.get(channel) === dead) return;
    const letters = await this.#events.deadLetters(channel, { limit: MAX_LETTERS });
    this.#counts.set(channel, dead);
    this.#letters.set(channel, letters);
    this.#draw();
  }

  #draw(): void {
    const letters = CHANNELS.flatMap((channel) => this.#letters.get(channel) ?? []);
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    this.#list.replaceChildren(...letters.map(toRow));
    const shown = letters.length < total ? `The oldest ${letters.length} of ` : '';
    setText(
      this.#note,
      total === 0 ? 'None. Let a handler fail or reject.' : `${shown}${formatCount(total)} in all.`,
    );
  }
}

function toRow({
  attempts,
  channel,
  eventId,
  lastError,
  note,
  payload,
  reason,
}: Letter): HTMLElement {
  const why = note ?? lastError?.message ?? 'its lease was lost';
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return element(
    'li',
    { 'data-testid': 'dead-letter', 'data-event-id': eventId, 'data-reason': reason },
    element('span', { class: 'delivery-title' }, payload.title),
    element('span', { class: 'delivery-facts' }, `${channel} · ${eventId.slice(0, 8)} · ${tries}`),
    element('span', { class: 'why' }, element('strong', {}, WORDS[reason]), ` · ${why}`),
  );
}
