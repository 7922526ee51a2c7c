import type { QueueSettings } from './cycle-queue.ts';

export type PublishSubject = 'one transaction each' | 'ackline';

export interface PublishTerms {
  readonly subject: PublishSubject;
  readonly durability: QueueSettings['durability'];
  readonly events: number;
  /** Calls at once. The next calls follow when all have resolved. */
  readonly atOnce: number;
}

/** The functions of a page that the bench of publishing calls. */
export interface PublishPage {
  /** Milliseconds until all events are stored, in a new database. */
  publishAll(terms: PublishTerms): Promise<number>;
}

declare global {
  interface Window {
    publishing: PublishPage;
  }
}
