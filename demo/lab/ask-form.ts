import { AcklineError } from 'ackline';
import { button, element } from '../dom.ts';
import type { FanOutEvents, Introduction } from './open-fan-out.ts';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Sends a request to the other tabs and shows the first reply. */
export function askForm(
  events: FanOutEvents,
  run: (action: () => unknown) => unknown,
): HTMLElement {
  const answer = element('output', { class: 'quiet', 'data-testid': 'ask-answer' });
  const ask = async () => {
    answer.textContent = 'Asking…';
    answer.textContent = await askOthers(events);
  };
  const asking = button('Ask another tab', 'ask', () => run(ask));
  return element('div', { class: 'ask' }, asking, answer);
}

async function askOthers(events: FanOutEvents): Promise<string> {
  try {
    return toWords(await events.request('tab.introduce', null));
  } catch (error) {
    if (!(error instanceof AcklineError)) throw error;
    if (error.code === 'no-members') return 'No other tab is open.';
    if (error.code === 'no-reply' || error.code === 'timeout') return 'No tab replied.';
    throw error;
  }
}

function toWords({ name, openedAt }: Introduction): string {
  return `${name} replied first: open since ${clock.format(openedAt)}.`;
}
