import { expect, test } from 'vitest';
import { type Ending, endOf, type KnownContext } from './lifetimes.ts';

const page: KnownContext = {
  ...{ name: 'page', tab: 't1', kind: 'page', origin: 1_000, lastAt: 4_900, isStopped: false },
};
const crash: Ending = { reach: 'tab', tab: 't1', at: 5_000, cause: 'crash' };

test('a context that reported its end has no other end', () => {
  expect(endOf({ ...page, isStopped: true }, [crash])).toBeNull();
});

test('a context ends with the first command that reaches it after it began', () => {
  const earlier = { ...crash, at: 900 };
  const elsewhere = { ...crash, tab: 't2', at: 4_950 };
  const worker = { ...crash, reach: 'worker', at: 4_950 } as const;
  const kill = { reach: 'browser', at: 5_500, cause: 'kill' } as const;
  const end = { at: 4_900, commandAt: 5_000, cause: 'crash' };
  expect(endOf(page, [kill, elsewhere, worker, earlier, crash])).toEqual(end);
});

test('a context that was heard of after the command ended no earlier than the command', () => {
  expect(endOf({ ...page, lastAt: 5_010 }, [crash])?.at).toBe(5_000);
});

test('a context that was silent long before the command ended for an unknown reason', () => {
  const silent = { ...page, lastAt: 2_000 };
  expect(endOf(silent, [crash])).toEqual({ at: 2_000, commandAt: 2_000, cause: 'unknown' });
  expect(endOf(page, [])).toEqual({ at: 4_900, commandAt: 4_900, cause: 'unknown' });
});

test('a frozen page ends, and its worker does not', () => {
  const frozen = { ...crash, reach: 'page', cause: 'leave' } as const;
  expect(endOf(page, [frozen])?.cause).toBe('leave');
  expect(endOf({ ...page, kind: 'worker' }, [frozen])?.cause).toBe('unknown');
});

test('of contexts whose process is not known, those end that were not heard of afterwards', () => {
  const killed = { ...crash, reach: 'process' } as const;
  const elsewhere = { ...page, tab: 't2' };
  expect(endOf(elsewhere, [killed])?.cause).toBe('crash');
  expect(endOf({ ...elsewhere, lastAt: 6_000 }, [killed])?.cause).toBe('unknown');
  const shared = { ...page, tab: 'shared', kind: 'shared' } as const;
  expect(endOf(shared, [crash])?.cause).toBe('crash');
  expect(endOf({ ...shared, lastAt: 6_000 }, [crash])?.cause).toBe('unknown');
});
