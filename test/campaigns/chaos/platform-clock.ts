const PERIOD_MS = 150;
/** A timer or a write that takes this much longer is a stall. */
const TOLERANCE_MS = 30;
const DATABASE = 'control';

/**
 * Adds up the time in which the platform did not run for this context: the context was frozen, stopped, cached or without a
 * processor, or IndexedDB did not answer. It writes to a database of its own, which no other context uses for long, so that
 * the time does not contain what contexts wait for each other in the database of the library.
 */
export class PlatformClock {
  readonly #name: string;
  #database: IDBDatabase | undefined;
  #stalledMs = 0;
  /** When the current timer or write should have ended. */
  #expectedAt = Date.now();

  constructor(name: string) {
    this.#name = name;
    void this.#run();
  }

  /** All stalls so far, with the current one. */
  get stalledMs(): number {
    return this.#stalledMs + this.#lateness();
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#time(PERIOD_MS, () => new Promise((end) => setTimeout(end, PERIOD_MS)));
      // The database is opened again if the data of the site was cleared.
      await this.#time(0, () => this.#write()).catch(() => this.#close());
    }
  }

  async #time(expectedMs: number, run: () => Promise<void>): Promise<void> {
    this.#expectedAt = Date.now() + expectedMs;
    try {
      await run();
    } finally {
      this.#stalledMs += this.#lateness();
    }
  }

  #lateness(): number {
    const late = Date.now() - this.#expectedAt;
    return late > TOLERANCE_MS ? late : 0;
  }

  async #write(): Promise<void> {
    this.#database ??= await open();
    const transaction = this.#database.transaction('beats', 'readwrite', { durability: 'relaxed' });
    transaction.objectStore('beats').put(Date.now(), this.#name);
    transaction.commit();
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }

  #close(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.result.createObjectStore('beats');
    request.onsuccess = () => {
      const { result } = request;
      result.onversionchange = () => result.close();
      resolve(result);
    };
    request.onerror = () => reject(request.error);
  });
}
