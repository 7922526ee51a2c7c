import type { LetterStep } from './event-store.ts';
import type { InspectedParts } from './inspected-parts.ts';
import { LetterRun, type LetterRunOptions } from './letter-run.ts';

/** Redrives or purges dead letters, and resolves with their number. A backend without it has neither verb. */
export type RunLetters = (
  parts: InspectedParts,
  verb: LetterStep['verb'],
  channel: string,
  options?: LetterRunOptions,
) => Promise<number>;

/** {@link RunLetters} in the steps of the store. A shutdown ends it between two steps. */
export const runLetters: RunLetters = async (parts, verb, channel, options) => {
  const { store, notifier, requireOpen } = parts;
  const run = new LetterRun(verb, channel, options);
  for (let step = run.next(); step && store.moveLetters; step = run.next()) {
    requireOpen();
    const result = await store.moveLetters(step);
    if (verb === 'redrive' && result.taken.length > 0) notifier.notify([channel]);
    run.note(result);
  }
  return run.count;
};
