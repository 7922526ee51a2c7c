import { ARTICLES, CUSTOMERS, type Order } from './order.ts';

const tab = crypto.randomUUID();
let number = 0;

function pick<Item>(items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(Math.random() * items.length)] ?? items[0];
}

/** An order of any customer. */
export function nextOrder(): Order {
  number += 1;
  const id = crypto.randomUUID();
  return { id, customer: pick(CUSTOMERS), tab, number, article: pick(ARTICLES) };
}
