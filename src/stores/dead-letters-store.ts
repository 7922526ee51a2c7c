import type { Inspectable } from '../inspection/inspectable.ts';
import {
  type DeadLettersSnapshot,
  type DeadLettersStore,
  type WatchDeadLettersOptions,
  watchDeadLetters,
} from '../inspection/watch-dead-letters.ts';
import { keptStore } from './kept-store.ts';

/** Before the first read, and on a server. */
export const NO_LETTERS: DeadLettersSnapshot<never> = Object.freeze({
  letters: undefined,
  isEnded: false,
});

export function deadLettersStore(
  target: Inspectable,
  channel: string,
  options: WatchDeadLettersOptions,
): DeadLettersStore {
  const name = `letters ${channel} ${options.limit}`;
  return keptStore(target, name, () => watchDeadLetters(target, channel as never, options));
}
