import { element, setAttribute, setText } from './dom.ts';

export interface TabParts {
  readonly id: string;
  readonly label: string;
}

/** A row of tabs: one stop of the Tab key. Arrows select. {@link https://www.w3.org/WAI/ARIA/apg/patterns/tabs/}. */
export class Tabs {
  readonly list: HTMLElement = element('div', {
    class: 'tabs',
    role: 'tablist',
    'aria-label': 'Views of the channel',
  });
  readonly panel: HTMLElement = element('div', { class: 'panel', role: 'tabpanel', id: 'panel' });
  readonly #tabs: ReadonlyMap<string, { readonly tab: HTMLElement; readonly count: HTMLElement }>;
  readonly #onSelect: (id: string) => void;

  constructor(parts: readonly TabParts[], onSelect: (id: string) => void) {
    this.#onSelect = onSelect;
    this.#tabs = new Map(parts.map(({ id, label }) => [id, this.#make(id, label)]));
    this.list.append(...[...this.#tabs.values()].map(({ tab }) => tab));
    this.list.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Marks the tab as selected. The caller fills the panel. */
  mark(selected: string): void {
    for (const [id, { tab }] of this.#tabs) {
      const isSelected = id === selected;
      setAttribute(tab, 'aria-selected', String(isSelected));
      setAttribute(tab, 'aria-controls', isSelected ? 'panel' : null);
      tab.tabIndex = isSelected ? 0 : -1;
    }
    setAttribute(this.panel, 'aria-labelledby', `tab-${selected}`);
  }

  /** An empty text shows no number. */
  count(id: string, text: string): void {
    const count = this.#tabs.get(id)?.count;
    if (count) setText(count, text);
  }

  focus(id: string): void {
    this.#tabs.get(id)?.tab.focus();
  }

  #make(id: string, label: string): { readonly tab: HTMLElement; readonly count: HTMLElement } {
    const count = element('span');
    const tab = element(
      'button',
      { type: 'button', role: 'tab', id: `tab-${id}` },
      label,
      ' ',
      count,
    );
    tab.addEventListener('click', () => this.#onSelect(id));
    return { tab, count };
  }

  #onKey(event: KeyboardEvent): void {
    const ids = [...this.#tabs.keys()];
    const at = ids.findIndex((id) => this.#tabs.get(id)?.tab === event.target);
    const targets: Readonly<Record<string, number>> = {
      ArrowRight: (at + 1) % ids.length,
      ArrowLeft: (at - 1 + ids.length) % ids.length,
    };
    const id = ids[targets[event.key] ?? -1];
    if (at < 0 || id === undefined) return;
    event.preventDefault();
    this.#onSelect(id);
    this.focus(id);
  }
}
