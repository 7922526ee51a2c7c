import type { Delivery } from 'ackline';
import { RejectError } from 'ackline';
import { pause } from './pause.ts';

export type Answer = 'acknowledge' | 'slow' | 'refuse' | 'hang';

export const SLOW_MS = 3_000;

/** Answers the events of this tab as the visitor chose. A hanging answer ends when the visitor chooses another one. */
export class Answerer {
  readonly #tabName: string;
  #answer: Answer = 'acknowledge';
  #change = new AbortController();

  constructor(tabName: string) {
    this.#tabName = tabName;
  }

  choose(answer: Answer): void {
    this.#answer = answer;
    this.#change.abort();
    this.#change = new AbortController();
  }

  async handle({ signal }: Delivery): Promise<void> {
    while (this.#answer === 'hang')
      await untilAborted(AbortSignal.any([signal, this.#change.signal]));
    signal.throwIfAborted();
    if (this.#answer === 'slow') await pause(SLOW_MS, signal);
    if (this.#answer === 'refuse') throw new RejectError(`${this.#tabName} is set to refuse`);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
