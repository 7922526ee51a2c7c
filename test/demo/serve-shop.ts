import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { toNodeHandler } from 'ackline/ingress';
import { build } from 'vite';
import { openShopServer, type ShopServer } from '../../demo/shop/server/shop-server.ts';
import { root } from '../package/paths.ts';
import { listenOnNewPort } from '../setup/listen-on-new-port.ts';
import { makeTemporaryFolder } from '../setup/temporary-folder.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

const API = '/shop/api';

/** The built shop and its server on one port. Without a network, the port is closed. */
export class ServedShop {
  readonly server: ShopServer = openShopServer();
  readonly #pages: string;
  readonly #handle = toNodeHandler((request) => this.server.fetch(request));
  #http: Server | undefined;
  #port = 0;

  private constructor(pages: string) {
    this.#pages = pages;
  }

  /** Builds the pages as a site would publish them. */
  static async build(): Promise<ServedShop> {
    const pages = makeTemporaryFolder('shop');
    await build({
      configFile: `${root}/vite.config.ts`,
      mode: 'production',
      logLevel: 'error',
      build: { outDir: pages },
    });
    return new ServedShop(pages);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/shop/`;
  }

  /** Opens the same port as before. */
  async goOnline(): Promise<void> {
    this.#http = createServer((request, response) => void this.#answer(request, response));
    if (this.#port === 0) {
      this.#port = await listenOnNewPort(this.#http);
      return;
    }
    this.#http.listen(this.#port, '127.0.0.1');
    await once(this.#http, 'listening');
  }

  /** Cuts all connections. Requests that run are not answered. */
  async goOffline(): Promise<void> {
    const http = this.#http;
    if (!http) return;
    this.#http = undefined;
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    await closed;
  }

  async close(): Promise<void> {
    await this.goOffline();
    await this.server.shutdown();
    rmSync(this.#pages, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname.startsWith(API)) {
      request.url = pathname.slice(API.length);
      this.#handle(request, response);
      return;
    }
    const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    try {
      const file = await readFile(join(this.#pages, path));
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(file);
    } catch {
      response.writeHead(404).end();
    }
  }
}
