import { bundle } from '../../../setup/bundle.ts';
import {
  pageOf,
  type ServedFile,
  type ServedPages,
  servePages,
} from '../../../setup/serve-pages.ts';

/** Serves pages and workers with members, an empty page to navigate to, and a hostile page. */
export async function serveMembers(): Promise<ServedPages> {
  return servePages({
    '/': pageOf('/page.js'),
    '/page.js': await scriptOf('./page.ts'),
    '/worker.js': await scriptOf('./worker.ts'),
    '/hostile': pageOf('/hostile.js'),
    '/hostile.js': await scriptOf('./hostile-page.ts'),
    '/elsewhere': { type: 'text/html', body: 'nothing happens here' },
  });
}

async function scriptOf(entry: string): Promise<ServedFile> {
  return { type: 'text/javascript', body: await bundle(new URL(entry, import.meta.url)) };
}
