// Covers test/outbox/browser-campaign/request-log.ts
import { beforeEach, expect, test } from 'vitest';
import { RequestLog } from './request-log.ts';

let log: RequestLog;

beforeEach(() => {
  log = new RequestLog();
});

function note(tab: string, number: number, begin: number, end?: number): void {
  log.note({ key: 'order', tab, number, what: 'begins', at: begin });
  if (end !== undefined) log.note({ key: 'order', tab, number, what: 'ends', at: end });
}

test('requests of two tabs at the same time overlap', () => {
  note('a', 1, 10, 20);
  note('b', 1, 19, 30);
  expect(log.hasOverlap('order', ['a', 'b'])).toBe(true);
});

test('a request that begins when the other has ended does not overlap', () => {
  note('a', 1, 10, 20);
  note('b', 1, 20, 30);
  expect(log.hasOverlap('order', ['a', 'b'])).toBe(false);
});

test('a request without an end overlaps with all later ones', () => {
  note('a', 1, 10);
  note('b', 1, 20, 30);
  expect(log.hasOverlap('order', ['a', 'b'])).toBe(true);
});

test('two requests of one tab overlap, and one does not overlap with itself', () => {
  note('a', 1, 10, 20);
  expect(log.hasOverlap('order', ['a', 'a'])).toBe(false);
  note('a', 2, 15, 30);
  expect(log.hasOverlap('order', ['a', 'a'])).toBe(true);
});

test('of a tab without notes an overlap is assumed', () => {
  note('a', 1, 10, 20);
  expect(log.hasOverlap('order', ['a', 'b'])).toBe(true);
});
