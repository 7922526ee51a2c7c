import { element } from '../dom.ts';
import type { Journey } from './journeys.ts';

const SHOWN = 6;

/** The last events that a tab has had, each with its steps. An event that only waits is a dot of the stage. */
export class TimelineView {
  readonly element = element('ol', { class: 'timeline', 'data-testid': 'timeline' });

  show(journeys: readonly Journey[]): void {
    const begun = journeys.filter(({ steps }) => steps.some(({ tone }) => tone === 'lease'));
    this.element.replaceChildren(...begun.slice(0, SHOWN).map(rowOf));
  }
}

function rowOf({ number, steps }: Journey): HTMLElement {
  return element(
    'li',
    {},
    element('strong', {}, `Order ${number}`),
    ...steps.map(({ text, tone }) => element('span', { class: `step ${tone}` }, text)),
  );
}
