// Covers test/guarantees/document.ts
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOCUMENT, guaranteesPage } from './document.ts';
import { subjects } from './subjects.ts';

test('docs/engines-and-guarantees.md: is what npm run guarantees generates', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(guaranteesPage());
});

for (const { title, capabilities, features, testedApart = [] } of subjects)
  test(`${title}: the conformance suite runs every case that the backend declares to pass`, () => {
    const declared = Object.keys(capabilities);
    const tested = [...features, ...testedApart];
    expect(declared.filter((one) => !tested.some((feature) => feature === one))).toEqual([]);
  });
