import { AcklineError } from 'ackline';
import type { ManualRuntime } from 'ackline/testing';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { IdleScans, type ScanReport } from '../../../../src/backends/indexeddb/hints/idle-scans.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';
import { deferred } from '../../../support/deferred.ts';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';
import { countScans } from '../open-scanned.ts';

/** The idle queues that one context knows. Another context publishes, and its hints do not reach the first. */

let runtime: ManualRuntime;
let other: FullBackend;
let connection: Connection;
let scans: IdleScans;
let news: string[];
let reports: (ScanReport | undefined)[];

beforeEach(() => {
  const { database, open, runtime: shared } = openDatabase();
  runtime = shared;
  other = open();
  connection = new Connection({
    factory: indexedDB,
    database,
    durability: 'relaxed',
    openTimeoutMs: 10_000,
    runtime,
    onStatus: ignore,
    onReset: ignore,
    onDestroyed: ignore,
  });
  onTestFinished(() => connection.close());
  news = [];
  reports = [];
  scans = new IdleScans({
    connection,
    clock: runtime,
    onNews: (queue) => news.push(queue),
    onScanned: (report) => reports.push(report),
  });
});

/** Records the result of a queue scan that found nothing. */
async function enter(queue: string, from = 0, returnsAt: number | null = null): Promise<void> {
  await scans.duringScan(queue, () => Promise.resolve());
  scans.noteIdle(queue, from, returnsAt, runtime.now());
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `channel-${index}`);

describe('the knowledge that a queue is idle', () => {
  test('is as old as the last queue scan, database scan or report', async () => {
    await enter('a');
    await runtime.advance(500);
    expect(scans.knownDueAt('a', 501)).toBe(null);
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    await scans.scan();
    expect(scans.knownDueAt('a', 1)).toBe(null);
    await runtime.advance(500);
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    expect(scans.noteReported({ nextSeq: 1, firstDueAt: [] })).toBe(true);
    expect(scans.knownDueAt('a', 500)).toBe(null);
    expect(news).toEqual([]);
  });

  test('is not renewed by a report once the own scan is ten times as old as allowed', async () => {
    await enter('a');
    await runtime.advance(4_999);
    scans.noteReported({ nextSeq: 0, firstDueAt: [] });
    expect(scans.knownDueAt('a', 500)).toBe(null);
    await runtime.advance(1);
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
  });

  test('is not renewed by a report of another state', async () => {
    await enter('a', 3, 1_800_000_000_000);
    await runtime.advance(500);
    const firstDueAt = [['a', 1_800_000_000_000]] as const;
    expect(scans.noteReported({ nextSeq: 4, firstDueAt })).toBe(false);
    expect(scans.noteReported({ nextSeq: 3, firstDueAt: [] })).toBe(false);
    expect(scans.noteReported({ nextSeq: 3, firstDueAt: [['a', -1]] })).toBe(false);
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    expect(scans.noteReported({ nextSeq: 3, firstDueAt: [...firstDueAt, ['b', 7]] })).toBe(true);
    expect(scans.knownDueAt('a', 500)).toBe(1_800_000_000_000);
  });

  test('ends when the next event of the queue is due', async () => {
    await enter('a', 0, runtime.now() + 1_000);
    await runtime.advance(999);
    expect(scans.knownDueAt('a', 5_000)).toBe(runtime.now() + 1);
    await runtime.advance(1);
    expect(scans.knownDueAt('a', 5_000)).toBe(undefined);
    expect(await scans.nextDueAt('a', 5_000)).toBe(undefined);
  });

  test('ends at a change, also at a change during the queue scan', async () => {
    await enter('a');
    scans.noteChange('a');
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    await scans.duringScan('a', async () => scans.noteChange('a'));
    scans.noteIdle('a', 0, null, runtime.now());
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    await enter('a');
    scans.clear();
    expect([scans.count, scans.knownDueAt('a', 500)]).toEqual([0, undefined]);
  });

  test('ends at a change during a database scan', async () => {
    await enter('a');
    const scanning = scans.scan();
    await runtime.settle();
    scans.noteChange('a');
    await scanning;
    expect(scans.knownDueAt('a', 500)).toBe(undefined);
    expect(news).toEqual([]);
  });
});

describe('a scan finds', () => {
  test('the queues that have a new event, and no others', async () => {
    for (const queue of many(20)) await enter(queue);
    for (const queue of ['channel-7', 'z']) await other.publish(queue, 1);
    await scans.scan();
    expect(news).toEqual(['channel-7']);
    expect([scans.knownDueAt('channel-7', 500), scans.knownDueAt('channel-8', 500)]).toEqual([
      undefined,
      null,
    ]);
    await enter('channel-7', 2);
    await scans.scan();
    expect(news).toEqual(['channel-7']);
  });

  test('the queues that have a new event among very many', async () => {
    for (const queue of many(600)) await enter(queue);
    for (let event = 0; event < 50; event += 1) await other.publish('z', event);
    await other.publish('channel-500', 1);
    await scans.scan();
    expect(news).toEqual(['channel-500']);
    expect(reports).toEqual([undefined]);
  });

  test('an event that was nacked or has a delay, also among very many', async () => {
    for (const delayed of [0, 600]) {
      for (const queue of many(4)) await enter(queue, 9_999);
      const drafts = Array.from({ length: delayed }, () => ({ channel: 'z', payload: 1 }));
      await other.publishMany(drafts.map((draft) => ({ ...draft, options: { delayMs: 9_000 } })));
      await other.publish('channel-1', 'late', null, { delayMs: 5_000 });
      await other.publish('channel-2', 'again');
      const taken = await other.dequeue('channel-2', 0);
      await other.nack(String(taken?.eventId));
      news = [];
      await scans.scan();
      expect(news).toEqual(['channel-1', 'channel-2']);
      await other.ack(String((await other.dequeue('channel-2', 0))?.eventId));
    }
  });

  test('a delayed event that a context holds', async () => {
    await enter('a');
    await enter('b');
    await other.publish('a', 'late', null, { delayMs: 10 });
    await runtime.advance(10);
    const held = await other.dequeue('a', 0);
    await scans.scan();
    expect(news).toEqual(['a']);
    expect(reports).toEqual([{ nextSeq: 1, firstDueAt: [['a', -1]] }]);
    await other.ack(String(held?.eventId));
    await scans.scan();
    expect(reports.at(-1)).toEqual({ nextSeq: 1, firstDueAt: [] });
  });

  test('after the clock was set back, the queues where an event waits', async () => {
    await enter('a', 0, runtime.now() + 1_000);
    await enter('b');
    runtime.jumpTo(runtime.now() - 3_600_000);
    await scans.scan();
    expect(news).toEqual(['a']);
  });

  test('missed events, because one scan a minute reads everything', async () => {
    await other.publish('a', 1);
    await enter('a', 9);
    await enter('b', 9);
    await scans.scan();
    expect(news).toEqual(['a']);
    await enter('a', 9);
    await runtime.advance(59_999);
    await scans.scan();
    expect(news).toEqual(['a']);
    await runtime.advance(1);
    await scans.scan();
    expect(news).toEqual(['a', 'a']);
  });
});

describe('first claims from many queues at once', () => {
  /** Asks for each queue while four queue scans are in progress. */
  async function askAll(queues: readonly string[]): Promise<(number | null | undefined)[]> {
    const over = deferred();
    const queueScans = many(4).map((queue) => scans.duringScan(queue, () => over.promise));
    const answers = await Promise.all(queues.map((queue) => scans.nextDueAt(queue, 1_000)));
    over.resolve();
    await Promise.all(queueScans);
    return answers;
  }

  test('share one database scan', async () => {
    await other.publish('channel-9', 1);
    await other.publish('channel-8', 1, null, { delayMs: 10 });
    const counted = countScans();
    const answers = await askAll(many(1_000).slice(4));
    expect(counted.count).toBe(1);
    expect(answers.map((answer) => answer === undefined).indexOf(true)).toBe(4);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(2);
    expect(scans.count).toBe(994);
    expect(news).toEqual([]);
  });

  test('scan their queues one by one when very many events wait, because a database scan then reads no held events', async () => {
    const drafts = Array.from({ length: 600 }, () => ({ channel: 'z', payload: 1 }));
    await other.publishMany(drafts.map((draft) => ({ ...draft, options: { delayMs: 9_000 } })));
    expect(await askAll(many(10).slice(4))).toEqual(Array(6).fill(undefined));
  });

  test('each reject with the error of the shared scan, and scan again later', async () => {
    await enter('a');
    const read = connection.read.bind(connection);
    connection.read = () => Promise.reject(new AcklineError('storage', 'disk on fire'));
    await runtime.advance(1_000);
    const asked = [scans.nextDueAt('a', 1_000), scans.nextDueAt('a', 1_000)];
    for (const answer of await Promise.allSettled(asked))
      expect(answer).toMatchObject({ reason: { code: 'storage' } });
    connection.read = read;
    expect(await scans.nextDueAt('a', 1_000)).toBe(null);
  });

  test('scan up to four queues separately, and share a database scan for the others', async () => {
    const answers = await Promise.all(many(100).map((queue) => scans.nextDueAt(queue, 1_000)));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(4);
  });

  test('scan the queue itself when it is the only one, or when the consumer does not wait', async () => {
    expect(await scans.nextDueAt('a', 1_000)).toBe(undefined);
    await enter('a');
    expect([await scans.nextDueAt('a', 0), scans.count]).toEqual([undefined, 1]);
  });
});
