import { button, element, setText } from '../dom.ts';
import type { TabName, TabOrder } from './tab-messages.ts';

type OnEnd = (tab: TabName, how: 'killed' | 'reloaded') => void;

/** One tab of the tour. It is a page of its own, with its own connection to the database and its own Web Lock. */
export class TabFrame {
  readonly element: HTMLElement;
  readonly #name: TabName;
  readonly #onEnd: OnEnd;
  readonly #view = element('div', { class: 'view' });
  readonly #kill: HTMLButtonElement;
  readonly #others: readonly HTMLButtonElement[];
  #frame: HTMLIFrameElement | undefined;

  constructor(name: TabName, onEnd: OnEnd) {
    this.#name = name;
    this.#onEnd = onEnd;
    this.#kill = button('Kill this tab', `kill-${name}`, () => this.#toggle());
    this.#others = [
      button('Reload', `reload-${name}`, () => this.#reload()),
      button('Next order fails', `fail-${name}`, () => this.#order({ kind: 'fail-next' })),
    ];
    this.element = element(
      'section',
      { class: 'tab card', 'aria-label': `Tab ${name}` },
      element('h2', {}, `Tab ${name}`, element('span', { class: 'slot', 'data-anchor': name })),
      this.#view,
      this.#kill,
      element('div', { class: 'others' }, ...this.#others),
    );
    this.#open();
  }

  #open(): void {
    const src = `./tour/tab.html?tab=${this.#name}`;
    this.#frame = element('iframe', { src, title: `Tab ${this.#name}` });
    this.#view.replaceChildren(this.#frame);
    this.#showState();
  }

  /** Without its frame the page is gone at once: no code of it runs any more. */
  #close(): void {
    this.#frame?.remove();
    this.#frame = undefined;
    this.#view.replaceChildren(
      element('p', { class: 'gone' }, 'Killed: no code of it runs any more'),
    );
    this.#onEnd(this.#name, 'killed');
    this.#showState();
  }

  #toggle(): void {
    if (this.#frame) this.#close();
    else this.#open();
  }

  #reload(): void {
    this.#onEnd(this.#name, 'reloaded');
    this.#frame?.contentWindow?.location.reload();
  }

  #order(order: TabOrder): void {
    this.#frame?.contentWindow?.postMessage(order, location.origin);
  }

  #showState(): void {
    setText(this.#kill, this.#frame ? 'Kill this tab' : 'Open it again');
    this.#kill.className = this.#frame ? 'kill' : 'primary';
    for (const other of this.#others) other.disabled = !this.#frame;
  }
}
