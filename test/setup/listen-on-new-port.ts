import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const used = new Set<number>();

/**
 * Listens on a free port that no earlier server of this process had. A browser that runs for several tests then has no data
 * of the origin, so each test finds an empty database.
 */
export async function listenOnNewPort(server: Server): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    if (!used.has(port)) {
      used.add(port);
      return port;
    }
    await new Promise((resolve) => server.close(resolve));
  }
}
