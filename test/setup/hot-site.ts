import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { root, temporary } from '../package/paths.ts';

const DOORS = ['broadcast', 'indexeddb', 'testing'];

const alias = [
  ...DOORS.map((door) => ({ find: `ackline/${door}`, replacement: `${root}/src/${door}.ts` })),
  { find: /^ackline$/, replacement: `${root}/src/index.ts` },
];

/** Files that a Vite development server with hot module replacement serves on a free port. */
export class HotSite {
  readonly url: string;
  readonly #server: ViteDevServer;
  readonly #folder: string;

  private constructor(server: ViteDevServer, folder: string, url: string) {
    this.#server = server;
    this.#folder = folder;
    this.url = url;
  }

  static async open(files: Readonly<Record<string, string>>): Promise<HotSite> {
    mkdirSync(temporary, { recursive: true });
    const folder = mkdtempSync(join(temporary, 'hot-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      cacheDir: join(folder, '.vite'),
      resolve: { alias },
      // A dependency that is found later would reload the page.
      optimizeDeps: { include: ['idb', 'nanoid'] },
      // A file watcher drops an edit that follows another within 50 ms.
      server: { host: '127.0.0.1', port: 0, fs: { allow: [root] }, watch: null },
    });
    await server.listen();
    const [url] = server.resolvedUrls?.local ?? [];
    if (url === undefined) throw new Error('the development server has no address');
    return new HotSite(server, folder, url);
  }

  /** Saves a file, and reports the change to the server as a file watcher does. */
  edit(name: string, text: string): void {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    this.#server.watcher.emit('change', path);
  }

  async close(): Promise<void> {
    await this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
