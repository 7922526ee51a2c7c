import type { Receipt } from 'ackline';
import { element } from '../dom.ts';
import { seconds } from '../happening.ts';

export interface ShownReceipt {
  readonly text: string;
  readonly tone: string;
}

const TONES: Readonly<Record<Receipt['outcome'], string>> = {
  acknowledged: 'good',
  rejected: 'bad',
  vanished: 'lease',
  'timed-out': 'bad',
};

export function receiptText({ outcome }: Receipt, afterMs: number): ShownReceipt {
  const words = outcome.replace('-', ' ');
  const time = outcome === 'acknowledged' ? ` after ${seconds(afterMs)}` : '';
  return { text: words + time, tone: TONES[outcome] };
}

/** One event, with the receipts that have come. */
export class RoundRow {
  readonly element: HTMLElement;

  constructor(title: string) {
    this.element = element('li', { 'data-testid': 'round' }, element('strong', {}, title));
  }

  add(tab: string, { text, tone }: ShownReceipt): void {
    this.element.append(element('span', { class: `step ${tone}` }, `${tab}: ${text}`));
  }
}
