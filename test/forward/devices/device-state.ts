import type { EventChannel, ObserverEvent } from 'ackline';
import type { ForwardSnapshot } from 'ackline/forward';
import { type BrowsedEvent, browse } from 'ackline/inspection';
import type { OutboxSnapshot } from 'ackline/outbox';
import type { Order } from './device-page.ts';

/** What a page shows of its outbox or forwarding. Undefined until there is one. */
export type ShownStatus = ForwardSnapshot | OutboxSnapshot | undefined;

/** The part of an epoch, claim or ending row that this file reads. */
interface StoredRow {
  readonly epoch: number;
  readonly generation?: number;
  readonly owner?: string;
  readonly holdUntil?: number;
  readonly held?: readonly { readonly count: number; readonly expiresAt: number }[];
  readonly claim?: StoredRow;
}

/** For a question that a hanging browser does not answer. */
const MOST_MS = 3_000;
const MOST_REPORTS = 12;

const PROBE = 'device-state probe';

/** The last reports of an observer, with their times. The many of the publishers are left out. */
export class LastReports {
  readonly #reports: { readonly at: number; readonly report: ObserverEvent }[] = [];

  readonly observe = (report: ObserverEvent): void => {
    if (report.type === 'published') return;
    this.#reports.push({ at: performance.now(), report });
    if (this.#reports.length > MOST_REPORTS) this.#reports.shift();
  };

  list(): readonly string[] {
    return this.#reports.map(({ at, report }) => {
      const age = `${Math.round(performance.now() - at)} ms ago`;
      const { channel: _, ...told } = { channel: '', ...report };
      if (!('error' in told)) return `${age}: ${JSON.stringify(told)}`;
      return `${age}: ${JSON.stringify({ ...told, error: String(told.error) })}`;
    });
  }
}

/**
 * What one page knows of a run that does not end, for the message of its failure. It asks the browser itself, beside the library.
 * `database` and `locks` are the same in each page of a browser that works.
 */
export async function deviceState(
  events: EventChannel<{ orders: Order }>,
  status: ShownStatus,
  reports: LastReports,
): Promise<object> {
  const list = (state: 'ready' | 'scheduled' | 'leased') =>
    answerOf(async () =>
      (await browse(events, 'orders', { state, limit: 20 })).events.map(describe),
    );
  const [counts, ready, scheduled, leased, database, locks] = await Promise.all([
    answerOf(() => events.stats('orders')),
    ...(['ready', 'scheduled', 'leased'] as const).map(list),
    answerOf(readDatabase),
    answerOf(readLocks),
  ]);
  return {
    ...{ counts, status, isOnline: navigator.onLine, visibility: document.visibilityState },
    ...{ ready, scheduled, leased, database, locks, reports: reports.list() },
  };
}

function describe({
  eventId,
  attempts,
  availableAt = 0,
  leaseExpiresAt,
  owner,
}: BrowsedEvent): string {
  const start = `${eventId}: attempt ${attempts}`;
  return leaseExpiresAt === undefined
    ? `${start}, due in ${availableAt - Date.now()} ms`
    : `${start}, leased to ${owner} for ${leaseExpiresAt - Date.now()} ms`;
}

/** Never rejects, and never hangs. */
function answerOf(ask: () => Promise<unknown>): Promise<unknown> {
  const late = new Promise((resolve) => {
    setTimeout(() => resolve(`no answer within ${MOST_MS} ms`), MOST_MS);
  });
  return Promise.race([ask(), late]).catch(String);
}

/** The names of the locks by the ids of the contexts that hold them or wait for them. */
async function readLocks(): Promise<object> {
  const { held = [], pending = [] } = await navigator.locks.query();
  const list = (infos: readonly LockInfo[]) =>
    infos.map(({ name, mode, clientId }) => `${name} (${mode}) ${clientId}`);
  return { held: list(held), pending: list(pending) };
}

/** The claims that hold events by the rows of the database, and whether it still takes a write to the stores of each claim. */
async function readDatabase(): Promise<object> {
  const database = await resultOf(indexedDB.open('device'));
  try {
    return { claims: await readClaims(database), write: await answerOf(() => probe(database)) };
  } finally {
    database.close();
  }
}

async function readClaims(database: IDBDatabase): Promise<readonly string[]> {
  const stores = ['epochs', 'endings', 'claims'];
  const transaction = database.transaction(stores);
  const [epochs = [], endings = [], claims = []] = await Promise.all(
    stores.map((store) => resultOf<StoredRow[]>(transaction.objectStore(store).getAll())),
  );
  const changed = new Set(endings.map(({ epoch }) => epoch));
  const inline = epochs.flatMap(({ epoch, claim }) =>
    claim && !changed.has(epoch) ? [claim] : [],
  );
  return [...claims, ...inline].map(describeClaim);
}

function describeClaim({ epoch, generation, owner, holdUntil = 0, held = [] }: StoredRow): string {
  const count = held.reduce((sum, span) => sum + span.count, 0);
  const ends = held.map(({ expiresAt }) => expiresAt - Date.now());
  return `epoch ${epoch}.${generation} of ${owner} holds ${count}; leases end in ${ends} ms, its hold in ${holdUntil - Date.now()} ms`;
}

/** It locks the stores that each claim and each settlement locks, and changes nothing. */
async function probe(database: IDBDatabase): Promise<string> {
  const stores = ['segments', 'late', 'returned', 'epochs', 'endings', 'claims'];
  const transaction = database.transaction(stores, 'readwrite');
  transaction.objectStore('endings').delete([PROBE, 0, 0]);
  const start = performance.now();
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  return `stored after ${Math.round(performance.now() - start)} ms`;
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
