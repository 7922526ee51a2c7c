import { entrySources } from '../setup/entry-sources.mjs';
import { pageOf, referenceIndex, referencePage } from './page.ts';
import { publicNames } from './public-names.ts';

/** Every page of docs/reference, by the name of its file. */
export function referencePages(): ReadonlyMap<string, string> {
  const names = publicNames();
  const entries = [...entrySources.keys()];
  const pages = entries.map((entry) => [pageOf(entry), referencePage(entry, names)] as const);
  return new Map([['README.md', referenceIndex(entries, names)], ...pages]);
}
