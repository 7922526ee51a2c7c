import { element, formatCount, setText } from '../dom.ts';
import { seconds } from '../happening.ts';
import type { ConsumerState, LiveDelivery } from './consumer.ts';
import { LEASE_MS } from './open-events.ts';

interface Row {
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
  readonly left: HTMLElement;
  delivery: LiveDelivery;
}

const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** The current deliveries of a consumer, with the time left of their leases. */
export class DeliveriesView {
  readonly element: HTMLElement;
  readonly #list = element('ol', { class: 'deliveries' });
  readonly #more = element('p', { class: 'quiet more' });
  readonly #empty = element('p', { class: 'quiet empty' }, 'No deliveries.');
  readonly #rows = new Map<string, Row>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    const frame = element('div', { class: 'deliveries-frame' }, this.#empty, this.#list);
    this.element = element('div', {}, frame, this.#more);
  }

  show({ deliveries, runningCount }: ConsumerState): void {
    const wasIdle = this.#rows.size === 0;
    const keys = new Set(deliveries.map(({ key }) => key));
    for (const [key, row] of this.#rows)
      if (!keys.has(key)) {
        row.element.remove();
        this.#rows.delete(key);
      }
    for (const delivery of deliveries) this.#update(delivery);
    this.#empty.hidden = runningCount > 0;
    const hiddenCount = runningCount - deliveries.length;
    setText(this.#more, hiddenCount > 0 ? `and ${formatCount(hiddenCount)} more` : '');
    if (wasIdle && this.#rows.size > 0) this.#animate();
  }

  #update(delivery: LiveDelivery): void {
    const known = this.#rows.get(delivery.key);
    if (known) {
      known.delivery = delivery;
      return;
    }
    const row = this.#row(delivery);
    this.#rows.set(delivery.key, row);
    this.#list.append(row.element);
    drawLease(row);
  }

  #row(delivery: LiveDelivery): Row {
    const { attempts, channel, eventId, from, lease, title } = delivery;
    const bar = element('span', { class: 'lease-bar' });
    const left = element('span', { class: 'lease-left' });
    const badge = element('span', { class: attempts > 1 ? 'badge again' : 'badge' });
    badge.append(`attempt ${attempts}`);
    const token = lease === null ? [] : [`lease ${lease}`];
    const facts = [eventId.slice(0, 8), ...token, channel, `from ${from}`].join(' · ');
    const attributes = {
      'data-testid': `${this.#name}-delivery`,
      'data-event-id': eventId,
      'data-attempts': String(attempts),
    };
    const made = element(
      'li',
      attributes,
      element('span', { class: 'delivery-title' }, title),
      badge,
      element('span', { class: 'delivery-facts' }, facts),
      left,
      element('span', { class: 'lease-track', 'aria-hidden': 'true' }, bar),
    );
    return { element: made, bar, left, delivery };
  }

  /** Runs only while there are deliveries to draw. */
  #animate(): void {
    const draw = () => {
      if (this.#rows.size === 0) return;
      for (const row of this.#rows.values()) drawLease(row);
      if (calm.matches) setTimeout(draw, 1_000);
      else requestAnimationFrame(draw);
    };
    draw();
  }
}

function drawLease({ bar, left, delivery }: Row): void {
  const leftMs = Math.max(0, delivery.leaseExpiresAt - Date.now());
  bar.style.transform = `scaleX(${Math.min(1, leftMs / LEASE_MS).toFixed(3)})`;
  bar.classList.toggle('low', leftMs < LEASE_MS / 4);
  setText(left, leftMs > 0 ? `${seconds(leftMs)} left` : 'expired');
}
