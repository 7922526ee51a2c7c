import type { Server } from 'node:http';
import { listenOnFreePort } from '../support/free-port.ts';

const used = new Set<number>();

/**
 * Listens on a free port that no earlier server of this process had. A browser that runs for several tests then has no data
 * of the origin, so each test finds an empty database.
 */
export async function listenOnNewPort(server: Server): Promise<number> {
  for (;;) {
    const port = await listenOnFreePort(server);
    if (!used.has(port)) {
      used.add(port);
      return port;
    }
    await new Promise((resolve) => server.close(resolve));
  }
}
