import { createServer } from 'node:http';
import { EventChannel } from 'ackline';
import { createIngress, toNodeHandler } from 'ackline/ingress';
import { postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';
import type { Order } from './device-page.ts';

/** An ingress over PostgreSQL, until it is killed. Prints each id that it receives. Arguments: the server, the port. */
const [, , url = '', port = ''] = process.argv;
// Without the last option it waits up to 20 seconds between two tries to connect.
const sql = postgres(url, {
  ...{ max: 4, onnotice: () => undefined, backoff: () => 0.05 },
  // Its question for types at each new connection has no handler: where the connection is reset, it ends the process.
  fetch_types: false,
});
const events = new EventChannel<{ orders: Order }>({
  backend: postgresBackend({ sql }),
  observer: () => undefined,
});
const ingress = createIngress({
  events,
  channels: ['orders'],
  retryAfterMs: 0,
  map: (event) => {
    process.stdout.write(`${event.id}\n`);
    return { ...event, options: { key: (event.payload as Order).line } };
  },
  onFault: () => undefined,
});
const handle = toNodeHandler(ingress);

/** The page is of another origin. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': 'retry-after',
  'access-control-max-age': '600',
};

createServer((request, response) => {
  for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') response.writeHead(204).end();
  else handle(request, response);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
