import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { segmentsOf } from '../../src/backends/indexeddb/schema/event-rows.ts';
import type { SegmentRow } from '../../src/backends/indexeddb/schema/payload-rows.ts';
import { estimateBytes } from '../../src/core/admission.ts';
import { check } from '../check.ts';
import { type BenchPayload, makeBodies, payloadOf } from '../payloads.ts';
import { committed, deleteDatabase, resultOf } from './database.ts';

/**
 * Single publishes take a millisecond each, which makes minutes for a backlog. The rows do not depend on the number of rows
 * in a transaction, so they are written by the thousand. `checkRows` checks that they equal the rows of `publish`.
 */

const SEGMENTS = 'segments';
const EVENTS_PER_TRANSACTION = 10_000;
const ID_LENGTH = 21;

/** Writes one row for each `perCommit` events into a database that the library has created. */
export async function storeSegments(
  name: string,
  channel: string,
  payloads: readonly BenchPayload[],
  perCommit: number,
): Promise<void> {
  const database = await resultOf(indexedDB.open(name));
  for (let from = 0; from < payloads.length; from += EVENTS_PER_TRANSACTION) {
    const transaction = database.transaction(SEGMENTS, 'readwrite');
    const segments = transaction.objectStore(SEGMENTS);
    const end = Math.min(from + EVENTS_PER_TRANSACTION, payloads.length);
    for (let first = from; first < end; first += perCommit)
      segments.add(segmentOf(channel, payloads.slice(first, Math.min(first + perCommit, end))));
    transaction.commit();
    await committed(transaction);
  }
  database.close();
}

function segmentOf(channel: string, payloads: readonly BenchPayload[]): SegmentRow {
  const createdAt = Date.now();
  // All ids have the same shape and length.
  const bytes = estimateBytes([payloads[0], null], Number.POSITIVE_INFINITY);
  const events = payloads.map((payload) => ({
    // As long as a random id, and made in a tenth of the time.
    eventId: String(payload.sequence).padStart(ID_LENGTH, '0'),
    channel,
    payload,
    metadata: null,
    createdAt,
    bytes,
  }));
  const [segment] = segmentsOf(events);
  check(segment !== undefined, 'the events of one commit are one row', segment);
  return segment;
}

/** Checks that the rows are those of `publish`, called one by one and with as many events as one commit takes. */
export async function checkRows(perCommit: number): Promise<void> {
  const bodies = makeBodies();
  const payloads = Array.from({ length: perCommit }, (_, sequence) => payloadOf(sequence, bodies));
  const published = await rowsOf(async (events) => {
    await Promise.all(payloads.map((payload) => events.publish('bench', payload)));
  });
  const written = await rowsOf(async (events, name) => {
    await events.stats('bench');
    await storeSegments(name, 'bench', payloads, perCommit);
  });
  check(published === written, `its rows are those of publish, ${published}`, written);
}

async function rowsOf(
  store: (events: EventChannel<{ bench: BenchPayload }>, name: string) => Promise<void>,
): Promise<string> {
  const name = `rows-${crypto.randomUUID()}`;
  const events = new EventChannel<{ bench: BenchPayload }>({
    backend: indexedDbBackend({ database: name }),
  });
  await store(events, name);
  await events.shutdown();
  const database = await resultOf(indexedDB.open(name));
  const rows = await resultOf(database.transaction(SEGMENTS).objectStore(SEGMENTS).getAll());
  database.close();
  await deleteDatabase(name);
  return JSON.stringify(rows, maskChance);
}

/** Replaces the parts that differ between two publishes: the time, and the id except for its length. */
function maskChance(key: string, value: unknown): unknown {
  if (key === 'ids') return (value as string[]).map((id) => id.length);
  return key === 'createdAt' && Array.isArray(value) ? value.map((at) => typeof at) : value;
}
