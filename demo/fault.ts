import { byId, setText } from './dom.ts';
import { messageOf } from './happening.ts';

/** Shows the error in the element `fault` of a page. */
export function showFault(error: unknown): void {
  byId('fault').hidden = false;
  setText(byId('fault'), messageOf(error));
}
