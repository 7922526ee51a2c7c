import { expect, test } from 'vitest';
import { readSources } from '../architecture/source-tree.ts';
import { checksOf, type MutantCheck } from './mutant-checks.ts';
import { FARTHER, NEIGHBOURS } from './mutation-result.ts';

const tests = readSources('test');
const BACKEND = 'src/backends/indexeddb/indexeddb-backend.ts';

function filesOf(checks: readonly MutantCheck[], wanted: string): readonly string[] {
  return checks.flatMap((check) => (check.name === wanted && 'files' in check ? check.files : []));
}

test('a mutant that only tests of another folder notice is given these', () => {
  const farther = filesOf(checksOf(BACKEND, tests, false), FARTHER);
  expect(farther).toContain('test/backends/indexeddb/database/backend-status.test.ts');
  expect(farther).toContain('test/simulation/each-failure.test.ts');
  expect(filesOf(checksOf('src/core/runtime/backoff.ts', tests, false), FARTHER)).toContain(
    'test/queue/claim-waiter.test.ts',
  );
});

test('the slow checks come last, so that only mutants that pass all others pay for them', () => {
  const names = checksOf(BACKEND, tests, false).map(({ name }) => name);
  expect(names[0]).toBe('the tests of the file');
  expect(names.indexOf(NEIGHBOURS)).toBeGreaterThan(
    names.indexOf('healthy simulation over indexeddb'),
  );
  expect(names.at(-1)).toBe('the conformance suite');
});

test('no test file runs in two of the checks, and none that needs a browser', () => {
  const checks = checksOf(BACKEND, tests, true);
  const files = checks.flatMap((check) => ('files' in check ? check.files : []));
  expect(new Set(files).size).toBe(files.length);
  expect(files.filter((file) => /\.(e2e|browser|dom)\.test/.test(file))).toEqual([]);
  expect(checks.filter((check) => 'program' in check)).toEqual([]);
});
