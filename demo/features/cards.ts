import { shownPart } from '../shown-code.ts';
import type { Card } from './card.ts';

/** In the order of the page. */
const NAMES = [
  'publish-once',
  'order-by-key',
  'blocked-key',
  'last-draft',
  'dependency',
  'result',
  'groups',
  'batches',
  'rate',
  'pause',
  'back-pressure',
  'schema',
] as const;

type Module = Omit<Card, 'code'>;

const modules = import.meta.glob<Module>('./cards/*.ts', { eager: true });
const sources = import.meta.glob<string>('./cards/*.ts', {
  eager: true,
  query: '?raw',
  import: 'default',
});

/** A card shows the code that it runs. */
export const CARDS: ReadonlyMap<string, Card> = new Map(
  NAMES.map((name) => {
    const path = `./cards/${name}.ts`;
    const { title, lead, run } = modules[path] as Module;
    return [name, { title, lead, run, code: shownPart(sources[path] ?? '', 'shown') }];
  }),
);
