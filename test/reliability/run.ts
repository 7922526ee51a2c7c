// npm run reliability: writes docs/reliability.md and the figures of the README from the results that are kept.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { withBlock } from '../support/marked-block.ts';
import { DOCUMENT, reliabilityPage } from './document.ts';
import { readEvidence } from './evidence.ts';
import { BLOCK, readmeBlock } from './readme-block.ts';

const evidence = readEvidence();
writeFileSync(DOCUMENT, reliabilityPage(evidence));
const readme = join(root, 'README.md');
writeFileSync(readme, withBlock(readFileSync(readme, 'utf8'), BLOCK, readmeBlock(evidence)));
