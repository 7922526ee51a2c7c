import type { QueueSettings } from './cycle-queue.ts';

export type PublishSubject = 'one transaction each' | 'ackline';

export interface PublishTerms {
  readonly subject: PublishSubject;
  readonly durability: QueueSettings['durability'];
  readonly events: number;
  /** Calls that are made at once; the next ones follow when all have resolved. */
  readonly atOnce: number;
}

/** What a page offers to the bench of publishing. */
export interface PublishPage {
  /** Milliseconds until all are stored, in a database of its own. */
  publishAll(terms: PublishTerms): Promise<number>;
}

declare global {
  interface Window {
    publishing: PublishPage;
  }
}
