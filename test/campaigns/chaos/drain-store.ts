import { lineOf } from './browser-life.ts';

/** A page that consumes what contexts have left. Nothing else works beside it. */
export interface DrainPage {
  /** Acknowledges what is due, for some time. Resolves with how many events still wait or are leased. */
  drainFor(ms: number): Promise<number>;
  /** Reports what the store still has, and its dead letters. Resolves with how many events wait or are leased. */
  takeStock(): Promise<number>;
}

export interface DrainTerms {
  /** Opens a page that drains. After the first time, in a browser that is started again. */
  readonly open: (isAgain: boolean) => Promise<DrainPage>;
  readonly onProgress: (line: string) => void;
  readonly now?: () => number;
}

const PART_MS = 20_000;
/** Without an event less for this long, more time would not help. */
const STUCK_MS = 60_000;
const MOST_OPENINGS = 3;

/**
 * Drains for as long as events become fewer, however slow the machine is, then reports what is left in the store: such events
 * are not lost. Resolves with how many these are. Rejects where no page could read the store.
 */
export async function drainStore(terms: DrainTerms): Promise<number> {
  for (let opening = 1; ; opening += 1)
    try {
      const page = await terms.open(opening > 1);
      await drainWhileFewer(page, terms);
      return await page.takeStock();
    } catch (error) {
      terms.onProgress(`drain ${opening} failed: ${lineOf(error)}`);
      if (opening === MOST_OPENINGS) throw error;
    }
}

async function drainWhileFewer(
  page: DrainPage,
  { now = Date.now, onProgress }: DrainTerms,
): Promise<void> {
  let [least, fewerAt] = [Number.POSITIVE_INFINITY, now()];
  while (now() - fewerAt < STUCK_MS) {
    const left = await page.drainFor(PART_MS);
    if (left === 0) return;
    onProgress(`${left} events are not drained yet`);
    if (left < least) [least, fewerAt] = [left, now()];
  }
}
