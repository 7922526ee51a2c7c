import { element } from '../dom.ts';
import type { Journey } from './journeys.ts';

const SHOWN = 6;

/** The last events, each with its steps through the tabs. */
export class TimelineView {
  readonly element = element('ol', { class: 'timeline', 'data-testid': 'timeline' });

  show(journeys: readonly Journey[]): void {
    this.element.replaceChildren(...journeys.slice(0, SHOWN).map(rowOf));
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
