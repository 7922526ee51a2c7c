import { element } from '../dom.ts';
import { choice } from './choice.ts';
import { DEFAULT_HANDLERS, type HandlerSettings, type Outcome } from './handlers.ts';
import { MAX_ATTEMPTS, MAX_HOLD_MS } from './open-events.ts';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  succeed: 'succeed',
  fail: 'fail',
  hang: 'hang',
  reject: 'reject',
};

/** The effect of each outcome, in one line under the choice. */
const EXPLANATIONS: Readonly<Record<Outcome, string>> = {
  succeed: 'Returns: the event is acknowledged.',
  fail: `Throws: again after a back-off, a dead letter after ${MAX_ATTEMPTS} attempts.`,
  hang: `Never returns: its lease is extended up to ${MAX_HOLD_MS / 1_000} s, then lost.`,
  reject: 'Throws a RejectError: a dead letter at once.',
};

const PACES: Readonly<Record<string, string>> = { 0: 'at once', 1500: '1.5 s', 8000: '8 s' };

const CONCURRENCIES = [1, 4, 25, 100];

/** The choices for the handlers of one consumer. `name` separates its radio groups. */
export function handlerForm(
  name: string,
  configure: (settings: HandlerSettings) => void,
): HTMLElement {
  let settings = DEFAULT_HANDLERS;
  const explanation = element('p', { class: 'quiet explanation' }, EXPLANATIONS.succeed);
  const change = (changed: Partial<HandlerSettings>) => {
    settings = { ...settings, ...changed };
    explanation.textContent = EXPLANATIONS[settings.outcome];
    configure(settings);
  };
  const outcome = choice(`${name}-outcome`, 'Handlers', OUTCOMES, settings.outcome, (value) =>
    change({ outcome: value }),
  );
  const pace = choice(`${name}-pace`, 'Take', PACES, String(settings.paceMs), (value) =>
    change({ paceMs: Number(value) }),
  );
  const concurrency = concurrencySelect(name, settings.concurrency, (value) =>
    change({ concurrency: value }),
  );
  const row = element('div', { class: 'form-row' }, pace, concurrency);
  return element('div', { class: 'handler-form' }, outcome, explanation, row);
}

function concurrencySelect(
  name: string,
  chosen: number,
  choose: (value: number) => void,
): HTMLElement {
  const select = element('select', { 'data-testid': `${name}-concurrency` });
  for (const count of CONCURRENCIES) {
    const option = element('option', { value: String(count) }, String(count));
    option.selected = count === chosen;
    select.append(option);
  }
  select.addEventListener('change', () => choose(Number(select.value)));
  return element('label', { class: 'field' }, element('span', {}, 'Concurrency'), select);
}
