import { button, element } from '../dom.ts';
import { messageOf } from '../happening.ts';
import { codeLines } from '../shown-code.ts';
import type { Card } from './card.ts';
import { CardRun } from './card-run.ts';

/** One card: what the feature is for, its code, a button that runs it, and what it said. */
export function cardView(name: string, card: Card): HTMLElement {
  const output = element('ol', {
    class: 'output',
    'aria-live': 'polite',
    'data-testid': `output-${name}`,
  });
  const say = (line: string) => output.append(element('li', {}, line));
  const run = new CardRun(name, card.run);
  const start = button('Run', `run-${name}`, async () => {
    start.disabled = true;
    output.replaceChildren();
    await run.start(say).catch((error: unknown) => say(messageOf(error)));
    start.disabled = false;
  });
  start.classList.add('primary');
  start.setAttribute('aria-label', `Run: ${card.title}`);
  return element(
    'article',
    { class: 'card feature' },
    element('h2', {}, card.title),
    element('p', { class: 'quiet' }, card.lead),
    element('pre', { tabindex: '0' }, element('code', {}, ...codeLines(card.code))),
    start,
    output,
  );
}
