import { button, element } from '../dom.ts';

const MAX_FAULTS = 3;

/** Shows errors to the visitor: each message once, until it is dismissed. */
export class FaultsView {
  readonly #host: HTMLElement;
  /** In the order of their first appearance. */
  readonly #rows = new Map<string, HTMLElement>();

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show(message: string): void {
    if (this.#rows.has(message)) return;
    const dismiss = button('Dismiss', 'dismiss-fault', () => this.#remove(message));
    const attributes = { class: 'fault', 'data-testid': 'fault' };
    const row = element('div', attributes, element('p', {}, message), dismiss);
    this.#rows.set(message, row);
    this.#host.prepend(row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MAX_FAULTS && oldest !== undefined) this.#remove(oldest);
  }

  #remove(message: string): void {
    this.#rows.get(message)?.remove();
    this.#rows.delete(message);
  }
}
