import { refuse } from '../core/options/options.ts';

/** The number that a cursor stands for. Throws a `TypeError` for any other value. */
export function numberOfCursor(after: string): number {
  const number = typeof after === 'string' && after.trim() !== '' ? Number(after) : Number.NaN;
  return Number.isFinite(number) ? number : refuse('after', 'the cursor of a dead letter', after);
}
