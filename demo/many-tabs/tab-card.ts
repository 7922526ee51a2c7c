import { button, element, setText } from '../dom.ts';
import type { FrameOrder } from './frame-messages.ts';

export interface TabCardPorts {
  /** The name that the tabs share. */
  readonly name: string;
  readonly onClose: (card: TabCard) => void;
}

/** One tab in a frame, a page of its own, with its last receipt. */
export class TabCard {
  readonly tab: string;
  readonly element: HTMLElement;
  /** Known when the page in the frame has opened. */
  memberId = '';
  readonly #frame: HTMLIFrameElement;
  readonly #receipt = element('p', { class: 'receipt quiet', 'data-empty': 'No receipt yet' });
  readonly #freeze: HTMLButtonElement;
  #isFrozen = false;

  constructor(tab: string, { name, onClose }: TabCardPorts) {
    this.tab = tab;
    const src = `./tab.html?${new URLSearchParams({ tab, name })}`;
    this.#frame = element('iframe', { src, title: `Tab ${tab}` });
    this.#freeze = button('Freeze', `freeze-${tab}`, () => this.#toggle());
    const close = button('Close', `close-${tab}`, () => onClose(this));
    this.#receipt.dataset['testid'] = `receipt-${tab}`;
    this.element = element(
      'section',
      { class: 'tab card', 'aria-label': `Tab ${tab}` },
      element('h2', {}, `Tab ${tab}`),
      this.#frame,
      this.#receipt,
      element('div', { class: 'others' }, this.#freeze, close),
    );
    this.#showState();
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  showReceipt(text: string, tone: string): void {
    setText(this.#receipt, text);
    this.#receipt.className = `receipt ${tone}`;
  }

  #toggle(): void {
    this.#isFrozen = !this.#isFrozen;
    const order: FrameOrder = { kind: this.#isFrozen ? 'freeze' : 'resume' };
    this.#frame.contentWindow?.postMessage(order, location.origin);
    this.#showState();
  }

  #showState(): void {
    setText(this.#freeze, this.#isFrozen ? 'Unfreeze' : 'Freeze');
    this.#freeze.setAttribute('aria-label', `${this.#freeze.textContent}: tab ${this.tab}`);
  }
}
