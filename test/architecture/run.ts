import { writeFileSync } from 'node:fs';
import { DOCUMENT, drawnDocument } from './document.ts';
import { readSources } from './source-tree.ts';

// `npm run architecture` draws the pictures and tables of docs/architecture.md from the imports of src.
writeFileSync(DOCUMENT, drawnDocument(readSources('src')));
