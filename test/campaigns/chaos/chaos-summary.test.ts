import { expect, test } from 'vitest';
import { hasEnded } from '../campaign-result.ts';
import { ChaosLedger } from './chaos-ledger.ts';
import type { ChaosEntry } from './chaos-messages.ts';
import { summarise } from './chaos-summary.ts';
import { isSound, tableOf } from './chaos-table.ts';

const TERMS = { engine: 'chromium', durability: 'relaxed', seed: 1, minutes: 1 } as const;

/** A run that published these events, and of which the rest is known. */
function ledgerOf(published: readonly string[], ...rest: readonly ChaosEntry[]): ChaosLedger {
  const ledger = new ChaosLedger();
  const publishes = published.map((eventId) => whole('publish', eventId, 1));
  ledger.accept({
    ...{ base: 'drain/drain/1', tab: 'drain', kind: 'drain', origins: [0], number: 1, at: 10 },
    ...{ longestMs: 0, strayAnswers: 0, entries: [...publishes, ...rest] },
  });
  return ledger;
}

function whole(
  operation: 'publish' | 'deliver' | 'ack' | 'remain',
  eventId: string,
  time: number,
): ChaosEntry {
  const lease = operation === 'deliver' || operation === 'ack' ? { lease: 1, attempts: 1 } : {};
  const about = { context: 'drain/drain/1.0', operation, channel: 'work-0', eventId } as const;
  return { type: 'whole', record: { ...about, ...lease, invoked: time, time, outcome: 'ok' } };
}

function resultOf(ledger: ChaosLedger, end: { undrained: number; interrupted?: string }) {
  return summarise({
    ...{ terms: TERMS, ledger, faults: [], engineVersion: '1', engineResets: 0 },
    ...{ startedAt: Date.now(), commit: 'abc1234', ...end },
  });
}

test('a run counts what was acknowledged, what is still stored and what is lost, each by itself', () => {
  const acknowledged = [whole('deliver', 'a', 5), whole('ack', 'a', 6)];
  const ledger = ledgerOf(['a', 'b', 'c'], ...acknowledged, whole('remain', 'b', 9));
  const result = resultOf(ledger, { undrained: 1 });
  expect([result.events.acknowledged, result.undrained, result.breaks.lost]).toEqual([1, 1, 1]);
  expect(result.violations).toMatchObject([{ rule: 'lost', eventId: 'c' }]);
});

test('a run that is not drained fails and does not count, although nothing is lost', () => {
  const result = resultOf(ledgerOf(['a'], whole('remain', 'a', 9)), { undrained: 1 });
  expect(result.breaks.lost).toBe(0);
  expect([isSound(result), hasEnded(result)]).toEqual([false, false]);
  expect(tableOf(result)).toMatch(/not drained +1, still stored, so not lost/);
});

test('a run that the browser let not end loses nothing of which the store was not read', () => {
  const ledger = ledgerOf(['a']);
  ledger.noteReset({ from: 0, to: Number.POSITIVE_INFINITY });
  const result = resultOf(ledger, { undrained: 0, interrupted: 'no answer' });
  expect(result.breaks.lost).toBe(0);
  expect([isSound(result), hasEnded(result)]).toEqual([false, false]);
  expect(tableOf(result)).toMatch(/not drained +not known, because the run ended early: no answer/);
});

test('a run that accounted for all of its events is sound', () => {
  const result = resultOf(ledgerOf(['a'], whole('deliver', 'a', 5), whole('ack', 'a', 6)), {
    undrained: 0,
  });
  expect([isSound(result), hasEnded(result)]).toEqual([true, true]);
});
