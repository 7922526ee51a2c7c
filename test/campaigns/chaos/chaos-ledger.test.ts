import { checkHistory } from 'ackline/testing';
import { expect, test } from 'vitest';
import { ChaosLedger } from './chaos-ledger.ts';
import type { ChaosBatch, ChaosEntry } from './chaos-messages.ts';

const CHANNEL = 'work-0';

/** A ledger that has received batches of one page. */
function ledgerOf(...batches: readonly (readonly ChaosEntry[])[]): ChaosLedger {
  const ledger = new ChaosLedger();
  for (const [index, entries] of batches.entries()) ledger.accept(batch(index + 1, entries));
  return ledger;
}

function batch(number: number, entries: readonly ChaosEntry[]): ChaosBatch {
  const about = { base: 'page', tab: 't1', kind: 'page', origins: [0] } as const;
  return { ...about, longestMs: 0, strayAnswers: 0, number, at: number * 10, entries };
}

function begin(call: number, operation: 'publish' | 'ack', eventId: string): ChaosEntry {
  const record = { context: 'page.0', operation, channel: CHANNEL, eventId, invoked: call };
  return { type: 'begin', call, record: operation === 'ack' ? { ...record, lease: 1 } : record };
}

function end(call: number, outcome: 'ok' | 'failed' = 'ok'): ChaosEntry {
  return { type: 'end', call, outcome, time: call + 1 };
}

function deliver(eventId: string, time: number): ChaosEntry {
  const record = { context: 'page.0', operation: 'deliver', channel: CHANNEL } as const;
  const times = { invoked: time, time, outcome: 'ok' } as const;
  return { type: 'whole', record: { ...record, ...times, eventId, lease: 1, attempts: 1 } };
}

function rulesOf(ledger: ChaosLedger): readonly string[] {
  return checkHistory(ledger.checkable(ledger.history())).map(({ rule }) => rule);
}

test('a publish that was answered and of which nothing is left is lost', () => {
  expect(rulesOf(ledgerOf([begin(1, 'publish', 'a')], [end(1)]))).toEqual(['lost']);
});

test('a publish whose answer never came promises nothing, and its delivery is expected', () => {
  expect(rulesOf(ledgerOf([begin(1, 'publish', 'a')]))).toEqual([]);
  expect(rulesOf(ledgerOf([begin(1, 'publish', 'a')], [deliver('a', 5)]))).toEqual([]);
  const refused = ledgerOf([begin(1, 'publish', 'a')], [end(1, 'failed')], [deliver('a', 5)]);
  expect(rulesOf(refused)).toEqual(['unexpected']);
});

test('an acknowledgement whose answer never came accounts for the event', () => {
  const published = [begin(1, 'publish', 'a'), end(1), deliver('a', 5)];
  expect(rulesOf(ledgerOf(published))).toEqual(['lost']);
  expect(rulesOf(ledgerOf(published, [begin(6, 'ack', 'a')]))).toEqual([]);
});

test('a batch that is sent again because its answer was lost counts once', () => {
  const ledger = ledgerOf([
    begin(1, 'publish', 'a'),
    end(1),
    deliver('a', 5),
    begin(6, 'ack', 'a'),
  ]);
  const last = batch(2, [end(6)]);
  ledger.accept(last);
  ledger.accept(last);
  expect(ledger.acknowledged).toBe(1);
  expect(ledger.history().filter(({ operation }) => operation === 'ack')).toHaveLength(1);
});

test('a reset excuses what was published after the checkpoint, and nothing before', () => {
  const ledger = ledgerOf([begin(1, 'publish', 'a'), end(1), begin(20, 'publish', 'b'), end(20)]);
  ledger.noteReset({ from: 10, to: 30 });
  const violations = checkHistory(ledger.checkable(ledger.history()));
  expect(violations.map(({ rule, eventId }) => [rule, eventId])).toEqual([['lost', 'a']]);
});

test('a context that did not report its end gets one when it was heard of last', () => {
  const ledger = ledgerOf([], []);
  expect(ledger.history()).toMatchObject([{ operation: 'end', context: 'page.0', time: 20 }]);
  ledger.accept(batch(3, [{ type: 'stopped' }]));
  expect(ledger.history()).toEqual([]);
});

test('a batch that never came although a later one did is counted', () => {
  const ledger = ledgerOf([begin(1, 'publish', 'a')], []);
  expect(ledger.reports.missing).toBe(0);
  ledger.accept(batch(5, []));
  ledger.accept(batch(5, []));
  expect(ledger.reports.missing).toBe(2);
  expect(ledger.publisherOf('page#1')).toContain('last batch 5 at 50, 2 missing');
  expect(ledger.publisherOf('other#1')).toBe('no batch of other was ever received');
});
