import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface PageFaults {
  /** The rules of axe that the page breaks, with the first element that breaks each. */
  readonly found: readonly { readonly id: string; readonly html: string | undefined }[];
  /** By how many pixels the page is wider than the window. */
  readonly overflow: number;
}

export const NO_FAULTS: PageFaults = { found: [], overflow: 0 };

/** Lets {@link faultsOf} look at the page until it navigates. */
export async function addAxe(page: Page): Promise<void> {
  await page.evaluate(AXE);
}

/** The rules that look at colours. The others look at the tree, which is the same in the dark. */
const OF_COLOURS = JSON.stringify({ runOnly: ['color-contrast', 'link-in-text-block'] });

/** With all rules in the light, and in the dark with those that may find something else there. */
export async function faultsOf(page: Page, scheme: 'light' | 'dark'): Promise<PageFaults> {
  const run = scheme === 'light' ? 'axe.run()' : `axe.run(${OF_COLOURS})`;
  const { violations } = (await page.evaluate(run)) as AxeResults;
  const overflow = 'Math.max(0, document.documentElement.scrollWidth - innerWidth)';
  return {
    found: violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html })),
    overflow: (await page.evaluate(overflow)) as number,
  };
}
