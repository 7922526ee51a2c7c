import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import { describeValue, visibleText } from './describe-value.ts';
import { button, element } from './dom.ts';
import { type Action, eventActions } from './event-actions.ts';
import type { EventReader, Listed } from './event-reader.ts';
import { formatFromNow, formatTime } from './format.ts';
import type { InspectorPorts } from './inspector-ports.ts';

export interface EventDetailParts {
  readonly ports: InspectorPorts;
  readonly listed: Listed;
  readonly reader: EventReader;
  readonly event: BrowsedEvent;
  /** A cursor after which the event follows. */
  readonly before: string | undefined;
  readonly onClose: () => void;
  /** An action may have changed the event. */
  readonly onChanged: () => void;
}

/** What is known of one event, and what can be done with it. Its payload is read when the visitor asks for it. */
export class EventDetail {
  readonly element: HTMLElement;
  readonly #parts: EventDetailParts;
  readonly #title = element('h3', { id: 'detail-title', tabindex: '-1' });
  readonly #payload = element('div', { class: 'payload' });

  constructor(parts: EventDetailParts) {
    this.#parts = parts;
    const { event, ports, listed, onClose } = parts;
    this.#title.append(visibleText(event.eventId));
    const close = button('Close', onClose);
    const actions = eventActions(ports, listed, event).map((action) => this.#button(action));
    this.#payload.append(button('Show payload', () => void this.#showPayload()));
    this.element = element(
      'section',
      { class: 'detail', 'aria-labelledby': 'detail-title' },
      element('div', { class: 'detail-head' }, this.#title, close),
      facts(event, ports.runtime.now()),
      ...(event.metadata
        ? [element('h4', {}, 'Metadata'), valueBlock('Metadata', event.metadata)]
        : []),
      element('h4', {}, 'Payload'),
      this.#payload,
      element('div', { class: 'actions' }, ...actions),
    );
    this.element.addEventListener('keydown', (key) => {
      if (key.key === 'Escape') onClose();
    });
  }

  focus(): void {
    this.#title.focus();
  }

  #button({ label, isFinal, run }: Action): HTMLButtonElement {
    const act = async () => {
      if (await run()) this.#parts.onChanged();
    };
    return button(label, () => void act(), isFinal ? 'final' : '');
  }

  async #showPayload(): Promise<void> {
    const { reader, event, before, ports } = this.#parts;
    try {
      const found = await reader.readOne(event.eventId, before);
      this.#payload.replaceChildren(
        ...(found
          ? payloadBlocks(found)
          : [element('p', { class: 'empty' }, `It is not ${event.state} any more.`)]),
      );
      this.#payload.querySelector('pre')?.focus();
      ports.fail('payload', undefined);
    } catch (error) {
      ports.fail('payload', error);
    }
  }
}

function payloadBlocks(event: BrowsedEvent): readonly HTMLElement[] {
  const payload = valueBlock('Payload', event.payload);
  if (event.reply === undefined) return [payload];
  return [payload, element('h4', {}, 'Reply'), valueBlock('Reply', event.reply)];
}

/** It gets the focus, so that a screen reader reads it. */
function valueBlock(label: string, value: unknown): HTMLElement {
  return element(
    'pre',
    { tabindex: '0', role: 'region', 'aria-label': label },
    describeValue(value),
  );
}

/** Shown elsewhere, or only when the visitor asks for it. */
const NOT_LISTED = ['eventId', 'channel', 'payload', 'metadata', 'reply', 'cursor'];

/** The parts of the event under their own names, as the documents of the library use them. */
function facts(event: BrowsedEvent, now: number): HTMLElement {
  const rows = Object.entries(event).filter(
    ([name, value]) => value !== null && !NOT_LISTED.includes(name),
  );
  return element(
    'dl',
    {},
    ...rows.flatMap(([name, value]) => [
      element('dt', {}, name),
      element('dd', {}, textOf(name, value, now)),
    ]),
  );
}

function textOf(name: string, value: unknown, now: number): string {
  const isTime = typeof value === 'number' && /(At|Until)$/.test(name);
  if (isTime) return `${formatTime(value)} (${formatFromNow(value, now)})`;
  return typeof value === 'string' ? visibleText(value) : describeValue(value);
}
