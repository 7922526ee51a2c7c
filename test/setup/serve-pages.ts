import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnNewPort } from './listen-on-new-port.ts';

export interface ServedFile {
  readonly type: 'text/html' | 'text/javascript';
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServedPages {
  readonly url: string;
  close(): Promise<void>;
}

/** A page with one script and nothing else. */
export function pageOf(script: string, headers: Readonly<Record<string, string>> = {}): ServedFile {
  return { type: 'text/html', body: `<script type="module" src="${script}"></script>`, headers };
}

/** Serves files by their paths from an origin that may have a service worker. `onPost` receives posted bodies. */
export async function servePages(
  files: Readonly<Record<string, ServedFile>>,
  onPost: (body: string) => void = () => undefined,
): Promise<ServedPages> {
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const posted = await text(request).catch(() => null);
      // A request that a kill has cut off does not count, and must not be answered as if it did.
      if (posted === null) {
        response.destroy();
        return;
      }
      onPost(posted);
    }
    const file = files[new URL(request.url ?? '/', 'http://localhost').pathname];
    response.writeHead(file ? 200 : 404, {
      'content-type': file?.type ?? 'text/plain',
      // For sandboxed frames, which have an opaque origin.
      'access-control-allow-origin': '*',
      ...file?.headers,
    });
    response.end(file?.body);
  });
  const port = await listenOnNewPort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      // Browsers keep some connections open.
      server.closeAllConnections();
      await closed;
    },
  };
}
