/** One order, as a customer places it on the device. */
export interface Order {
  /** Chosen on the device. It is also the id of the event, so an order that is placed twice is stored once. */
  readonly id: string;
  readonly customer: string;
  /** The tab that placed it. Different for each tab. */
  readonly tab: string;
  /** Counts the orders of the tab, from 1. */
  readonly number: number;
  readonly article: string;
}

/** For a list of orders. The first characters of a tab are enough for a visitor. */
export function describeOrder({ customer, article, number, tab }: Order): string {
  return `${customer}: ${article}, order ${number} of tab ${tab.slice(0, 4)}`;
}

export type ShopSchema = { orders: Order };

export const CUSTOMERS = ['Ada', 'Grace', 'Linus', 'Margaret', 'Barbara'] as const;
export const ARTICLES = ['tea', 'bread', 'soap', 'ink', 'rope', 'salt'] as const;

/** What the server does with the next requests; `mixed` does each of the others at times. */
export const FAULTS = ['none', '500', '429', 'silence', 'answer-lost', 'mixed'] as const;
export type Fault = (typeof FAULTS)[number];

/** What the server shows of itself. */
export interface ServerReport {
  readonly fault: Fault;
  /** Requests that arrived, with repetitions. */
  readonly requests: number;
  /** Orders in the order in which the server processed them. */
  readonly orders: readonly Order[];
}
