import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { referencePages } from './pages.ts';

// `npm run reference` draws docs/reference from the docstrings of src.
const folder = join(root, 'docs/reference');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [file, text] of referencePages()) writeFileSync(join(folder, file), text);
