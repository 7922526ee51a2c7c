import { describeFailure } from '../core/options/describe-failure.ts';
import { visibleText } from './describe-value.ts';
import { element, setText } from './dom.ts';

/** What the inspector says: the result of the last action, and the errors that last. Both are read aloud. */
export class Notices {
  readonly result: HTMLElement = element('p', { class: 'result', role: 'status' });
  readonly faults: HTMLElement = element('p', { class: 'faults', role: 'alert' });
  readonly #faults = new Map<string, string>();

  say(text: string): void {
    setText(this.result, text);
  }

  /** `error` undefined: the part has succeeded. */
  fail(part: string, error: unknown): void {
    if (error === undefined && !this.#faults.delete(part)) return;
    if (error !== undefined) {
      const { name, message } = describeFailure(error);
      this.#faults.set(part, visibleText(`${name}: ${message}`));
    }
    setText(this.faults, [...this.#faults.values()].join(' · '));
    this.faults.hidden = this.#faults.size === 0;
  }
}
