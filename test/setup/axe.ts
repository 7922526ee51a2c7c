import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The source of axe, which a test evaluates in a page. */
export const AXE = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
