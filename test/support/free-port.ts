import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to connections and to servers that ask for any, so that no other program gets a free one
 * before its server listens, or while its server is away. Above the ports that browsers refuse, the last of which is 10080.
 */
const [FIRST, LAST] = [11_000, 32_000];

/** A port of this machine where nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Listens on a port where nothing else does, now or while the server is closed for some time. */
export async function listenOnFreePort(server: Server): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
