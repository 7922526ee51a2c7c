import { expect, test, vi } from 'vitest';
import type { ObserverEvent } from '../../../src/core/reports/observer.ts';
import { isRefused, RefusalReports } from '../../../src/core/reports/refusal-reports.ts';
import type { DeadLetter, EventMessage, Observer } from '../../../src/index.ts';

const message = { eventId: 'x' } as EventMessage;

function dead(eventId: string): ObserverEvent {
  return { type: 'dead-lettered', channel: 'a', eventId, attempts: 1, reason: 'rejected' };
}

/** Reports over a source whose observers are called by `say`. */
function openReports() {
  const observers: Observer[] = [];
  const stopped = vi.fn();
  const source = {
    observe(observer: Observer) {
      observers.push(observer);
      return stopped;
    },
  };
  const reports = new RefusalReports(source, 'invalid');
  const say = (event: ObserverEvent) => {
    for (const observer of observers) observer(event);
  };
  return { reports, stopped, say };
}

test('observe: while the decorator rejects an event, its dead letter has the reason of the decorator', () => {
  const { reports, say } = openReports();
  const seen: ObserverEvent[] = [];
  reports.observe((event) => seen.push(event));
  const end = reports.refusing(message);
  const published = { type: 'published', channel: 'a', eventId: 'x' } as const;
  for (const event of [dead('x'), dead('y'), published]) say(event);
  end();
  say(dead('x'));
  expect(seen).toEqual([{ ...dead('x'), reason: 'invalid' }, dead('y'), published, dead('x')]);
});

test('report, fault: reach each observer until it stops, also where one throws', () => {
  const { reports, stopped } = openReports();
  const seen: string[] = [];
  const stops = ['first', 'second'].map((name) =>
    reports.observe((event) => {
      seen.push(`${name} ${event.type}`);
      throw new Error('of the observer');
    }),
  );
  reports.report(dead('x'));
  stops[0]?.();
  reports.fault('a', 'settle', 'odd');
  expect(seen).toEqual(['first dead-lettered', 'second dead-lettered', 'second fault']);
  expect(stopped).toHaveBeenCalledTimes(1);
});

test('fault: has the channel, what was done, and the error', () => {
  const { reports } = openReports();
  const seen: ObserverEvent[] = [];
  reports.observe((event) => seen.push(event));
  reports.fault('a', 'dequeue', 'odd');
  expect(seen).toEqual([{ type: 'fault', during: 'dequeue', channel: 'a', error: 'odd' }]);
});

test('observe: a source without reports is one that reports nothing', () => {
  const reports = new RefusalReports({}, 'invalid');
  const seen: ObserverEvent[] = [];
  const stop = reports.observe((event) => seen.push(event));
  reports.report(dead('x'));
  stop();
  expect(seen.length).toBe(1);
});

test('isRefused: a dead letter that was rejected with the error of the decorator', () => {
  const lastError = { name: 'SchemaError', message: 'odd' };
  const letter = (change: Partial<DeadLetter>) =>
    isRefused({ reason: 'rejected', lastError, ...change }, 'SchemaError');
  expect(letter({})).toBe(true);
  expect(letter({ reason: 'expired' })).toBe(false);
  expect([
    letter({ lastError: null }),
    letter({ lastError: { ...lastError, name: 'Error' } }),
  ]).toEqual([false, false]);
});
