// npm run reliability: writes docs/reliability.md and the figures of docs/figures.md from the results that are kept.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { withBlock } from '../support/marked-block.ts';
import { DOCUMENT, reliabilityPage } from './document.ts';
import { readEvidence } from './evidence.ts';
import { BLOCK, figuresBlock } from './figures-block.ts';

const evidence = readEvidence();
writeFileSync(DOCUMENT, reliabilityPage(evidence));
const figures = join(root, 'docs/figures.md');
writeFileSync(figures, withBlock(readFileSync(figures, 'utf8'), BLOCK, figuresBlock(evidence)));
