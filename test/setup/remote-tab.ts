import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Deferred, deferred } from '../support/deferred.ts';
import type { RemoteAnswer, RemoteRequest } from './remote-page.ts';

/**
 * Runs expressions in a page that fetches them over HTTP (`remote-page.ts`), for engines without a driver. Each tab has its
 * own server, because browsers limit the connections to one server.
 */
export class RemoteTab {
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #answers = new Map<number, Deferred<unknown>>();
  readonly #requests: RemoteRequest[] = [];
  readonly #connected = deferred();
  readonly #gone = deferred();
  /** The response to the page that waits for an expression. */
  #asking: ServerResponse | undefined;
  #lastId = 0;
  #isGone = false;

  /** Resolves with the first request of the page. */
  readonly connected: Promise<void> = this.#connected.promise;
  /** Resolves when the page has ended. */
  readonly gone: Promise<void> = this.#gone.promise;

  /** The address of a page, with the parameters to drive it. */
  async addressFor(url: string): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return `${url}#remote=${encodeURIComponent(`http://127.0.0.1:${port}`)}`;
  }

  run(expression: string): Promise<unknown> {
    if (this.#isGone) return Promise.reject(new Error('the tab is gone'));
    this.#lastId += 1;
    const answer = deferred<unknown>();
    this.#answers.set(this.#lastId, answer);
    this.#requests.push({ id: this.#lastId, expression });
    this.#hand();
    return answer.promise;
  }

  dispose(): void {
    this.#isGone = true;
    for (const { reject } of this.#answers.values()) reject(new Error('the tab is gone'));
    this.#answers.clear();
    this.#server.close();
    this.#server.closeAllConnections();
    this.#gone.resolve();
  }

  #hand(): void {
    if (this.#asking === undefined) return;
    const request = this.#requests.shift();
    if (request === undefined) return;
    this.#asking.end(JSON.stringify(request));
    this.#asking = undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    if (request.url === '/alive') {
      response.on('close', () => this.dispose());
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    } else if (request.method === 'POST') {
      // The request ends when the tab is killed. `/alive` reports that.
      const answer = await text(request).catch(() => null);
      if (answer !== null) this.#settle(JSON.parse(answer));
      response.end();
    } else {
      this.#asking = response;
      this.#connected.resolve();
      this.#hand();
    }
  }

  #settle(answer: RemoteAnswer): void {
    const asked = this.#answers.get(answer.id);
    this.#answers.delete(answer.id);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.value);
  }
}
