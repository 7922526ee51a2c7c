import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { nextBuild } from './next-build.ts';
import type { PageReport } from './page.ts';

/** Tells that it is there, and goes back at a word. */
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

export interface ServedContexts {
  readonly url: string;
  /** What pages have reported, in the order in which it came. */
  readonly reports: PageReport[];
  close(): Promise<void>;
}

/** Serves the page and the worker script from an origin that may have a service worker. */
export async function serveContexts(): Promise<ServedContexts> {
  const files = new Map<string, { readonly type: string; readonly body: string }>([
    ['/', { type: 'text/html', body: '<script type="module" src="/page.js"></script>' }],
    ['/hostage', { type: 'text/html', body: '<script type="module" src="/hostage.js"></script>' }],
    ['/hostage.js', { type: 'text/javascript', body: await bundle('./hostage-page.ts') }],
    ['/growth', { type: 'text/html', body: '<script type="module" src="/growth.js"></script>' }],
    ['/growth.js', { type: 'text/javascript', body: await bundle('./growth-page.ts') }],
    ['/plain', { type: 'text/html', body: '<script type="module" src="/plain.js"></script>' }],
    ['/plain.js', { type: 'text/javascript', body: await bundle('./plain-page.ts') }],
    ['/next', { type: 'text/html', body: '<script type="module" src="/next.js"></script>' }],
    ['/next.js', { type: 'text/javascript', body: await bundle('./plain-page.ts', nextBuild) }],
    ['/away', { type: 'text/html', body: `<script>${COME_BACK}</script>` }],
    ['/elsewhere', { type: 'text/html', body: 'nothing happens here' }],
    ['/page.js', { type: 'text/javascript', body: await bundle('./page.ts') }],
    ['/worker.js', { type: 'text/javascript', body: await bundle('./worker.ts') }],
  ]);
  const reports: PageReport[] = [];
  const server = createServer(async (request, response) => {
    // One that a kill has cut off was never made.
    const sent = request.method === 'POST' ? await text(request).catch(() => '[]') : '[]';
    reports.push(...(JSON.parse(sent) as PageReport[]));
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.writeHead(file ? 200 : 404, {
      'content-type': file?.type ?? 'text/plain',
      // For sandboxed frames, whose origin is nobody's.
      'access-control-allow-origin': '*',
      ...(request.url === '/growth' && ISOLATED),
    });
    response.end(file?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    reports,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      // Browsers keep some open.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An entry beside this file, or anywhere by its address. */
export async function bundle(entry: string, ...plugins: readonly Plugin[]): Promise<string> {
  const src = (door: string) => fileURLToPath(new URL(`../../../../src/${door}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    plugins: [...plugins],
    format: 'esm',
    write: false,
    target: 'es2022',
    alias: { ackline: src('index.ts'), 'ackline/indexeddb': src('indexeddb.ts') },
  });
  return outputFiles[0]?.text ?? '';
}
