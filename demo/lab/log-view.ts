import { element, formatCount } from '../dom.ts';
import type { Happening } from '../happening.ts';
import { throttle } from '../throttle.ts';

const MAX_ROWS = 60;
const MAX_ALIKE = 3;

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

interface Line {
  readonly happening: Happening;
  /** How many similar events the line represents. */
  readonly count: number;
}

/** What this tab and its worker did, newest first. Several similar events become one line. */
export class LogView {
  readonly element: HTMLElement;
  readonly #list = element('ol', { class: 'log', tabindex: '0', 'aria-label': 'Log' });
  readonly #empty = element('p', { class: 'quiet empty' }, 'Nothing yet. Publish an event.');
  readonly #flush = throttle(() => this.#draw(), 150);
  #pending: Happening[] = [];

  constructor() {
    this.element = element('div', { class: 'card scroll-card' }, this.#empty, this.#list);
  }

  add(happening: Happening): void {
    this.#pending.push(happening);
    this.#flush();
  }

  #draw(): void {
    const lines = toLines(this.#pending).slice(-MAX_ROWS);
    this.#pending = [];
    this.#empty.hidden = true;
    this.#list.prepend(...lines.reverse().map(toRow));
    while (this.#list.childElementCount > MAX_ROWS) this.#list.lastElementChild?.remove();
  }
}

function toLines(happenings: readonly Happening[]): Line[] {
  const alike = new Map<string, Happening[]>();
  for (const happening of happenings) {
    const kind = `${happening.who} ${happening.type} ${happening.channel}`;
    const group = alike.get(kind);
    if (group) group.push(happening);
    else alike.set(kind, [happening]);
  }
  const crowds = [...alike.values()].filter(({ length }) => length > MAX_ALIKE);
  const crowded = new Set(crowds.flat());
  const singles = happenings.filter((happening) => !crowded.has(happening));
  const lines: Line[] = singles.map((happening) => ({ happening, count: 1 }));
  for (const crowd of crowds) {
    const last = crowd.at(-1);
    if (last) lines.push({ happening: last, count: crowd.length });
  }
  return lines.sort((left, right) => left.happening.at - right.happening.at);
}

function toRow({ happening, count }: Line): HTMLElement {
  const { at, channel, eventId, text, tone, type, who } = happening;
  const what = count > 1 ? `${formatCount(count)} events` : eventId.slice(0, 8);
  return element(
    'li',
    { 'data-testid': 'log-entry', 'data-type': type, 'data-event-id': eventId },
    element('time', {}, clock.format(at)),
    element('span', { class: `log-text ${tone}` }, text),
    element('span', { class: 'log-facts' }, [who, channel, what].filter(Boolean).join(' · ')),
  );
}
