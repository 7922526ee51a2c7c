// npm run guarantees: writes docs/engines-and-guarantees.md.
import 'fake-indexeddb/auto';
import { writeFileSync } from 'node:fs';
import { DOCUMENT, guaranteesPage } from './document.ts';

writeFileSync(DOCUMENT, guaranteesPage());
