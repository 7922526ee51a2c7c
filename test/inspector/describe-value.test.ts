// Covers src/inspector/describe-value.ts, src/inspector/format.ts, src/inspector/samples.ts, src/inspector/activity.ts, src/inspector/receipt-log.ts
import { expect, test } from 'vitest';
import { Activity } from '../../src/inspector/activity.ts';
import { describeValue, visibleText } from '../../src/inspector/describe-value.ts';
import {
  formatChange,
  formatFromNow,
  formatMany,
  formatShort,
  formatSpan,
  formatTime,
} from '../../src/inspector/format.ts';
import { ReceiptLog } from '../../src/inspector/receipt-log.ts';
import { MOST_SAMPLES, Samples } from '../../src/inspector/samples.ts';

test('describe value: nested values have one entry a line, under their names', () => {
  const value = { id: 1n, list: ['a', undefined], map: new Map([['k', new Set([1])]]), none: {} };
  expect(describeValue(value)).toBe(`{
  "id": 1n
  "list": [
    "a"
    undefined
  ]
  "map": Map {
    "k": Set {
      1
    }
  }
  "none": {}
}`);
});

test('describe value: binary values are described by their size, others by their text', () => {
  expect(describeValue(new Uint8Array(3))).toBe('Uint8Array of 3 bytes');
  expect(describeValue(new ArrayBuffer(5))).toBe('ArrayBuffer of 5 bytes');
  expect(describeValue(new Blob(['four']))).toBe('Blob of 4 bytes');
  expect(describeValue(new TypeError('bad'))).toBe('Error TypeError: bad');
  expect(describeValue(/a/)).toBe('RegExp /a/');
});

test('describe value: what contains itself, is deep, long or unreadable is cut', () => {
  const ring: unknown[] = [];
  ring.push(ring);
  expect(describeValue(ring)).toContain('… (contains itself)');
  const deep = JSON.parse('['.repeat(50) + ']'.repeat(50));
  expect(describeValue(deep)).toContain('…');
  expect(describeValue(Array.from({ length: 500_000 }, () => 1)).length).toBeLessThan(101_000);
  const long = describeValue('a'.repeat(1_000_000));
  expect(long.length).toBeLessThan(101_000);
  expect(long).toContain('… (cut)');
  const thrower = {
    get a(): never {
      throw new Error('no');
    },
  };
  expect(describeValue(thrower)).toContain('… (cannot be read)');
});

test('visible text: characters that are invisible or turn the text around are spelt out', () => {
  expect(visibleText('a\u202eb\u0000c\u200bd')).toBe('a\\u202eb\\u0000c\\u200bd');
  expect(visibleText('Grüße 東京 👩‍👧')).toBe('Grüße 東京 👩\\u200d👧');
  expect(describeValue({ '\u202e': 1 })).toContain('"\\u202e"');
});

test('format: durations have two units, counts have separators', () => {
  expect([0, 12_000, 60_000, 200_000, 7_500_000, 259_200_000].map(formatSpan)).toEqual([
    '0 s',
    '12 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '3 d',
  ]);
  expect(formatFromNow(5_000, 0)).toBe('in 5 s');
  expect(formatFromNow(0, 5_000)).toBe('5 s ago');
  expect([formatChange(1_200), formatChange(-3), formatChange(0)]).toEqual(['+1,200', '−3', '0']);
  expect([formatShort(99_999), formatShort(1_000_000)]).toEqual(['99,999', '1M']);
  expect([formatMany(1, 'event'), formatMany(0, 'event')]).toEqual(['1 event', '0 events']);
  expect(formatTime(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
});

test('samples: rates are those between two samples, and two minutes are kept', () => {
  const samples = new Samples();
  for (let second = 0; second < 200; second += 1)
    samples.add({
      at: second * 2_000,
      backlog: second * 10,
      published: second * 30,
      acknowledged: second * 20,
    });
  expect(samples.backlogs).toHaveLength(MOST_SAMPLES);
  expect(samples.newestRates).toEqual({ change: 5, published: 15, acknowledged: 10 });
  samples.add({ at: 0, backlog: 0, published: 0, acknowledged: 0 });
  expect(samples.newestRates).toEqual({ change: 0, published: 0, acknowledged: 0 });
});

test('activity: counts publishes and accepted acknowledgements of a channel and its groups', () => {
  const activity = new Activity();
  const settled = { type: 'settled', channel: 'a@group', eventId: '1', verb: 'ack' } as const;
  activity.observe({ type: 'claimed', channel: 'a', eventId: '1', attempts: 1 });
  expect(activity.isFed).toBe(false);
  activity.observe({ type: 'published', channel: 'a', eventId: '1' });
  activity.observe({ ...settled, settlement: 'ok' });
  activity.observe({ ...settled, settlement: 'stale' });
  activity.observe({ ...settled, verb: 'nack', settlement: 'ok' });
  expect(activity.of('a')).toEqual({ published: 1, acknowledged: 1 });
  expect(activity.of('b')).toEqual({ published: 0, acknowledged: 0 });
});

test('receipt log: keeps the newest 100 receipts, without replies', () => {
  const log = new ReceiptLog();
  for (let at = 0; at < 60; at += 1) {
    const receipt = {
      memberId: 'm',
      isSelf: false,
      outcome: 'acknowledged',
      reason: null,
      reply: 1,
    } as const;
    log.add('a', { eventId: String(at), receipts: [receipt, receipt] });
  }
  const receipts = log.of('a');
  expect([receipts.length, receipts[0]?.eventId, log.of('b')]).toEqual([100, '59', []]);
  expect(Object.keys(receipts[0] ?? {})).not.toContain('reply');
});
