import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { measureSizes } from './size/measure.ts';
import { overBudget, quotedSizes } from './size/table.ts';

const page = readFileSync(new URL('../docs/figures.md', import.meta.url), 'utf8');

/** One step of the last decimal: gzip differs a little between processors. */
const TOLERANCE_BYTES = 100;

test('docs/figures.md: quotes exactly the measured sizes', async () => {
  const sizes = await measureSizes();
  const quoted = quotedSizes(page);
  expect([...quoted.keys()]).toEqual(sizes.map(({ label }) => label));
  for (const { label, bytes } of sizes) {
    const distance = Math.abs((quoted.get(label) ?? 0) - bytes);
    expect(distance, `${label} is ${bytes} bytes; npm run size -- --write`).toBeLessThan(
      TOLERANCE_BYTES,
    );
  }
});

test('sizes: a size above its budget is reported, a size at its budget is not', () => {
  const budget = 6_000;
  expect(overBudget([{ label: 'entry', bytes: 6_000, budget }])).toEqual([]);
  expect(overBudget([{ label: 'entry', bytes: 6_001, budget }])).toHaveLength(1);
});
