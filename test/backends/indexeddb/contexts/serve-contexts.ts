import type { Plugin } from 'esbuild';
import { bundle } from '../../../setup/bundle.ts';
import {
  pageOf,
  type ServedFile,
  type ServedPages,
  servePages,
} from '../../../setup/serve-pages.ts';
import { nextBuild } from './next-build.ts';
import type { PageReport } from './page.ts';

/** Reports its arrival, and returns on command. */
const COME_BACK = `
  const wire = new BroadcastChannel('contexts');
  wire.onmessage = ({ data }) => data.type === 'come back' && history.back();
  addEventListener('pageshow', () => wire.postMessage({ type: 'away', context: 'away' }));
`;

/** Lets a page read a clock of full precision. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

export interface ServedContexts extends ServedPages {
  /** What pages have reported, in the order in which it came. */
  readonly reports: PageReport[];
}

/** Serves the page and the worker script from an origin that may have a service worker. */
export async function serveContexts(): Promise<ServedContexts> {
  const reports: PageReport[] = [];
  const served = await servePages(
    {
      '/': pageOf('/page.js'),
      '/page.js': await scriptOf('./page.ts'),
      '/hostage': pageOf('/hostage.js'),
      '/hostage.js': await scriptOf('./hostage-page.ts'),
      '/growth': pageOf('/growth.js', ISOLATED),
      '/growth.js': await scriptOf('./growth-page.ts'),
      '/plain': pageOf('/plain.js'),
      '/plain.js': await scriptOf('./plain-page.ts'),
      '/next': pageOf('/next.js'),
      '/next.js': await scriptOf('./plain-page.ts', nextBuild),
      '/away': { type: 'text/html', body: `<script>${COME_BACK}</script>` },
      '/elsewhere': { type: 'text/html', body: 'nothing happens here' },
      '/worker.js': await scriptOf('./worker.ts'),
    },
    (posted) => reports.push(...(JSON.parse(posted) as PageReport[])),
  );
  return { ...served, reports };
}

async function scriptOf(entry: string, ...plugins: readonly Plugin[]): Promise<ServedFile> {
  const body = await bundle(new URL(entry, import.meta.url), ...plugins);
  return { type: 'text/javascript', body };
}
