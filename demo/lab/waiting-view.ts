import type { ChannelStats } from 'ackline';
import { type BrowsedEvent, browse } from 'ackline/inspection';
import { button, element, formatCount, setText } from '../dom.ts';
import { CHANNELS, type ChannelName, type DemoSchema } from './channels.ts';
import type { DemoEvents } from './open-events.ts';

/** For each channel and state. */
const MOST_SHOWN = 4;

type Waiting = BrowsedEvent<DemoSchema[ChannelName]> & { readonly channel: ChannelName };

/** The first events that wait in each channel, read without leasing them. Each can be cancelled. */
export class WaitingView {
  readonly element: HTMLElement;
  readonly #note = element('p', { class: 'quiet empty' });
  readonly #list = element('ol', {
    class: 'dead-letters',
    tabindex: '0',
    'aria-label': 'Events that wait',
  });
  readonly #events: DemoEvents;
  readonly #run: (action: () => unknown) => unknown;
  readonly #waiting = new Map<ChannelName, readonly Waiting[]>();
  readonly #counts = new Map<ChannelName, string>();

  constructor(events: DemoEvents, run: (action: () => unknown) => unknown) {
    this.#events = events;
    this.#run = run;
    this.element = element('div', { class: 'card scroll-card' }, this.#note, this.#list);
  }

  async show(channel: ChannelName, { ready, scheduled, leased }: ChannelStats): Promise<void> {
    const counts = `${ready} ${scheduled} ${leased}`;
    if (this.#counts.get(channel) === counts) return;
    this.#counts.set(channel, counts);
    const pages = await Promise.all(
      (['ready', 'scheduled'] as const).map((state) =>
        browse(this.#events, channel, { state, limit: MOST_SHOWN, payload: true }),
      ),
    );
    this.#waiting.set(
      channel,
      pages.flatMap(({ events }) => events.map((event) => ({ ...event, channel }))),
    );
    this.#draw(ready + scheduled);
  }

  #draw(inChannel: number): void {
    const rows = CHANNELS.flatMap((channel) => this.#waiting.get(channel) ?? []);
    this.#list.replaceChildren(...rows.map((row) => this.#toRow(row)));
    const more = rows.length > 0 ? `The first ${formatCount(rows.length)}.` : '';
    setText(this.#note, inChannel + rows.length === 0 ? 'Nothing. Publish an event.' : more);
  }

  #toRow({ eventId, channel, payload, attempts, availableAt }: Waiting): HTMLElement {
    const seconds = Math.ceil(((availableAt ?? 0) - Date.now()) / 1_000);
    const when = seconds > 0 ? `due in ${seconds} s` : 'due';
    const cancel = button('Cancel', 'cancel', () =>
      this.#run(() => this.#events.cancel(channel, eventId)),
    );
    return element(
      'li',
      { 'data-testid': 'waiting-event', 'data-event-id': eventId },
      element('span', { class: 'delivery-title' }, payload?.title ?? eventId),
      element('span', { class: 'delivery-facts' }, `${channel} · ${when} · ${attempts} attempts`),
      cancel,
    );
  }
}
