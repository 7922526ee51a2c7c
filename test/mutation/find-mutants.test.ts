import { expect, test } from 'vitest';
import { findMutants } from './find-mutants.ts';
import { describeChange, mutate } from './mutant.ts';
import { confidenceInterval } from './mutation-result.ts';

function changesOf(text: string): readonly string[] {
  return findMutants('a.ts', text).map((mutant) => describeChange(text, mutant));
}

const CASES: Readonly<Record<string, readonly string[]>> = {
  'const a = b < c;': ['< → <='],
  'const a = b === c;': ['=== → !=='],
  'const a = b + c;': ['+ → -'],
  'const a = b && c;': ['&& → ||'],
  'const a = b ?? c;': ['b ?? c → b', 'b ?? c → c'],
  'const a = !b;': ['!b → (b)'],
  'const a = true;': ['true → false'],
  'const a = 0;': ['0 → 1'],
  'const a = 7;': [],
  'const a = [b, c];': ['[b, c] → [c]', '[b, c] → [b]'],
  'const a = await b;': ['await b → b'],
  'b();': ['b(); → ;'],
  'if (a) b();': ['a → !(a)', 'b(); → ;'],
  'if (!a) b();': ['!a → (a)', 'b(); → ;'],
  'const a = b ? c : d;': ['b → !(b)'],
  'type A = 0 | true; interface B { c: 1 }': [],
};

for (const [text, changes] of Object.entries(CASES))
  test(`mutants of ${text}`, () => {
    expect(changesOf(text)).toEqual(changes);
  });

test('mutants of a function with several statements: it returns at once', () => {
  const text = 'function a() { const b = c; return b; }';
  const [mutant] = findMutants('a.ts', text);
  expect(mutate(text, mutant!)).toBe(
    'function a() { if (Number.NaN !== 0) return;  const b = c; return b; }',
  );
});

test('a call of the super constructor is not removed', () => {
  expect(changesOf('class A extends B { constructor() { super(); } }')).toEqual([]);
});

test('confidence interval: is the one that Wilson gives', () => {
  const [from, to] = confidenceInterval(90, 100);
  expect(from).toBeCloseTo(0.8256, 4);
  expect(to).toBeCloseTo(0.9448, 4);
});
