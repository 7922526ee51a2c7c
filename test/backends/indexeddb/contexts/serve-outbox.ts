import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { extractExamples } from '../../../examples/extract.ts';
import { root, temporary } from '../../../package/paths.ts';
import { bundle } from '../../../setup/bundle.ts';

const DOCUMENT = 'docs/service-worker.md';
const recipe = join(temporary, 'recipe');

/** One order as it arrived, regardless of the response. */
export interface Receipt {
  readonly eventId: string;
  readonly attempts: number;
  readonly article: string;
}

/** The site of the recipe in docs/service-worker.md, and the server that it sends to. */
export class OutboxSite {
  readonly receipts: Receipt[] = [];
  /** Where workers hang, and how their syncs ended, see kill-switch.ts. */
  readonly hangs: string[] = [];
  readonly ends: string[] = [];
  /** The answer to an order; `hold` leaves it without one. */
  answer: (order: Receipt) => number | 'hold' = () => 200;
  readonly #server = createServer((request, response) => void this.#respond(request, response));
  readonly #files: ReadonlyMap<string, string>;
  #isReachable = true;

  private constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#server.on('connection', (socket) => this.#isReachable || socket.destroy());
  }

  static async open(): Promise<OutboxSite> {
    writeRecipe();
    const fileOf = (name: string) => pathToFileURL(join(recipe, name));
    const page =
      '<script type="module">import * as page from "/page.js"; window.page = page</script>';
    const killSwitch = await bundle(new URL('./kill-switch.ts', import.meta.url));
    const worker = await bundle(fileOf('service-worker.ts'));
    const site = new OutboxSite(
      new Map([
        ['/', page],
        ['/page.js', await bundle(fileOf('page.ts'))],
        ['/service-worker.js', [killSwitch, worker].map(ownScope).join('\n')],
        ['/plain', '<script type="module" src="/plain.js"></script>'],
        ['/plain.js', await bundle(new URL('./plain-page.ts', import.meta.url))],
      ]),
    );
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** While the site is unreachable it ends each connection, and receives nothing. */
  setReachable(isReachable: boolean): void {
    this.#isReachable = isReachable;
    if (!isReachable) this.#server.closeAllConnections();
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** What was heard until now. */
  forget(): void {
    for (const heard of [this.receipts, this.hangs, this.ends]) heard.length = 0;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (request.method === 'POST') {
      // A sender that dies in the middle has sent nothing.
      const body = await text(request).catch(() => null);
      if (body !== null) this.#hear(pathname, body, request, response);
      return;
    }
    const file = this.#files.get(pathname);
    const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': type });
    response.end(file);
  }

  #hear(
    pathname: string,
    body: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (pathname === '/hangs') this.hangs.push(body);
    if (pathname === '/ends') this.ends.push(body);
    if (pathname !== '/orders') {
      response.end();
      return;
    }
    const receipt: Receipt = {
      eventId: String(headers['idempotency-key']),
      attempts: Number(headers['x-attempts']),
      article: JSON.parse(body).article,
    };
    this.receipts.push(receipt);
    const status = this.answer(receipt);
    if (status !== 'hold') response.writeHead(status).end();
  }
}

/** One after the other in one script, without each other's names. */
function ownScope(script: string): string {
  return `(() => {\n${script}\n})();`;
}

/** The code blocks of the document, as files. */
function writeRecipe(): void {
  const examples = extractExamples(DOCUMENT, readFileSync(join(root, DOCUMENT), 'utf8'));
  mkdirSync(recipe, { recursive: true });
  for (const { file, code } of examples) if (file) writeFileSync(join(recipe, file), code);
}
