import { element } from '../dom.ts';
import type { Journey, Place } from './journeys.ts';

/** How long a dot stays at its end. */
const STAY_MS = 1_200;

/** Draws each event as a dot that moves between the places of the stage. */
export class Stage {
  readonly #stage: HTMLElement;
  readonly #dots = new Map<string, { readonly dot: HTMLElement; place: Place }>();

  constructor(stage: HTMLElement) {
    this.#stage = stage;
    addEventListener('resize', () => {
      for (const { dot, place } of this.#dots.values()) this.#put(dot, place);
    });
  }

  show({ eventId, number, place }: Journey): void {
    const known = this.#dots.get(eventId);
    const dot = known?.dot ?? element('span', { class: 'dot', 'aria-hidden': 'true' }, `${number}`);
    if (!known) {
      this.#put(dot, 'stored');
      this.#stage.append(dot);
      // The dot must have a first position from which it moves.
      dot.getBoundingClientRect();
    }
    this.#dots.set(eventId, { dot, place });
    dot.dataset['place'] = place;
    this.#put(dot, place);
    if (place === 'done') setTimeout(() => this.#remove(eventId), STAY_MS);
  }

  #remove(eventId: string): void {
    this.#dots.get(eventId)?.dot.remove();
    this.#dots.delete(eventId);
  }

  #put(dot: HTMLElement, place: Place): void {
    const anchor = this.#stage.querySelector(`[data-anchor="${place}"]`);
    if (!anchor) return;
    const stage = this.#stage.getBoundingClientRect();
    const { left, top, width, height } = anchor.getBoundingClientRect();
    const x = left + width / 2 - stage.left + besides(dot, place);
    const y = top + height / 2 - stage.top;
    dot.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
  }
}

/** Several events wait at one place, and none may hide another. */
function besides({ textContent }: HTMLElement, place: Place): number {
  return place === 'stored' ? ((Number(textContent) % 4) - 1.5) * 30 : 0;
}
