import { byId } from '../dom.ts';
import { cardView } from './card-view.ts';
import { CARDS } from './cards.ts';

byId('cards').append(...[...CARDS].map(([name, card]) => cardView(name, card)));
