import { element } from '../dom.ts';
import type { Journey, Place } from './journeys.ts';

/** How long a dot stays at its end. */
const STAY_MS = 1_200;

/** The distance of the dots that wait side by side, in pixels. */
const STEP_PX = 30;

interface Dot {
  readonly element: HTMLElement;
  readonly number: number;
  readonly place: Place;
}

/** Draws each event as a dot that moves between the places of the stage. */
export class Stage {
  readonly #stage: HTMLElement;
  readonly #dots = new Map<string, Dot>();

  constructor(stage: HTMLElement) {
    this.#stage = stage;
    addEventListener('resize', () => this.#arrange());
  }

  show({ eventId, number, place }: Journey): void {
    const dot = this.#dots.get(eventId) ?? this.#add(eventId, number);
    dot.element.dataset['place'] = place;
    this.#dots.set(eventId, { ...dot, place });
    this.#arrange();
    if (place === 'done') setTimeout(() => this.#remove(eventId), STAY_MS);
  }

  #add(eventId: string, number: number): Dot {
    const dot = element('span', { class: 'dot', 'aria-hidden': 'true' }, `${number}`);
    const added: Dot = { element: dot, number, place: 'stored' };
    this.#dots.set(eventId, added);
    this.#arrange();
    this.#stage.append(dot);
    // The dot must have a first position from which it moves.
    dot.getBoundingClientRect();
    return added;
  }

  #remove(eventId: string): void {
    this.#dots.get(eventId)?.element.remove();
    this.#dots.delete(eventId);
  }

  #arrange(): void {
    const dots = [...this.#dots.values()].sort((a, b) => a.number - b.number);
    for (const place of new Set(dots.map((dot) => dot.place)))
      this.#arrangeAt(
        place,
        dots.filter((dot) => dot.place === place),
      );
  }

  /** Side by side, and closer where many wait, so that none hides another. */
  #arrangeAt(place: Place, dots: readonly Dot[]): void {
    const anchor = this.#stage.querySelector(`[data-anchor="${place}"]`);
    if (!anchor) return;
    const stage = this.#stage.getBoundingClientRect();
    const { left, top, width, height } = anchor.getBoundingClientRect();
    const stepPx = Math.min(STEP_PX, width / dots.length);
    for (const [at, dot] of dots.entries()) {
      const x = left + width / 2 - stage.left + (at - (dots.length - 1) / 2) * stepPx;
      const y = top + height / 2 - stage.top;
      dot.element.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    }
  }
}
