import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface ServedContexts {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page and the worker script from an origin that may have a service worker. */
export async function serveContexts(): Promise<ServedContexts> {
  const files = new Map<string, { readonly type: string; readonly body: string }>([
    ['/', { type: 'text/html', body: '<script type="module" src="/page.js"></script>' }],
    ['/page.js', { type: 'text/javascript', body: await bundle('./page.ts') }],
    ['/worker.js', { type: 'text/javascript', body: await bundle('./worker.ts') }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function bundle(entry: string): Promise<string> {
  const src = (door: string) => fileURLToPath(new URL(`../../../../src/${door}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
    target: 'es2022',
    alias: { ackline: src('index.ts'), 'ackline/indexeddb': src('indexeddb.ts') },
  });
  return outputFiles[0]?.text ?? '';
}
