import { EventChannel, memoryBackend, RejectError } from 'ackline';
import { createIngress, type ReceivedEvent } from 'ackline/ingress';
import { Hono } from 'hono';
import { FAULTS, type Fault, type Order, type ServerReport, type ShopSchema } from '../order.ts';

const SINGLE_FAULTS = FAULTS.filter((fault) => fault !== 'mixed');

export interface ShopServer {
  /** A fetch handler for `/orders` and what the page shows of the server. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  report(): ServerReport;
  setFault(fault: Fault): void;
  shutdown(): Promise<void>;
}

/** The shop's server: an ingress that stores each order once, and a listener that processes them. */
export function openShopServer(): ShopServer {
  const events = new EventChannel<ShopSchema>({ backend: memoryBackend() });
  const orders: Order[] = [];
  let requests = 0;
  let fault: Fault = 'none';
  events.listen('orders', ({ payload }) => void orders.push(payload));
  const ingress = createIngress({
    events,
    channels: ['orders'],
    retryAfterMs: 1_000,
    map: checked,
  });
  const report = (): ServerReport => ({ fault, requests, orders });

  const app = new Hono();
  app.post('/orders', async ({ req }) => {
    requests += 1;
    switch (fault === 'mixed' ? pick() : fault) {
      case '500':
        return new Response(null, { status: 500 });
      case '429':
        return new Response(null, { status: 429, headers: { 'retry-after': '1' } });
      case 'silence':
        return afterSilence();
      case 'answer-lost':
        // The order is stored, and the device cannot know.
        await ingress(req.raw);
        return new Response(null, { status: 502 });
      default:
        return ingress(req.raw);
    }
  });
  app.delete('/orders', ({ body }) => {
    orders.length = 0;
    requests = 0;
    fault = 'none';
    return body(null, 204);
  });
  app.get('/report', ({ json }) => json(report()));
  app.put('/fault', async ({ req, body }) => {
    const given = await req.text();
    const known = FAULTS.find((one) => one === given);
    if (known === undefined) return body(`fault must be one of ${FAULTS.join(', ')}`, 400);
    fault = known;
    return body(null, 204);
  });
  return {
    fetch: (request) => app.fetch(request),
    report,
    setFault: (given) => {
      fault = given;
    },
    shutdown: () => events.shutdown(),
  };
}

/** Half of the requests meet a fault. */
function pick(): Fault {
  if (Math.random() < 0.5) return 'none';
  return SINGLE_FAULTS[Math.floor(Math.random() * SINGLE_FAULTS.length)] ?? 'none';
}

/** Longer than the device waits. */
const SILENCE_MS = 5_000;

function afterSilence(): Promise<Response> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(new Response(null, { status: 504 })), SILENCE_MS);
  });
}

/** Refuses for good what is not an order. The device keeps it as a dead letter. */
function checked(event: ReceivedEvent): ReceivedEvent {
  const { id, customer, tab, number, article } = (event.payload ?? {}) as Partial<Order>;
  const areTexts = [id, customer, tab, article].every((text) => typeof text === 'string');
  if (!areTexts || typeof number !== 'number') throw new RejectError('not an order');
  return { ...event, options: { key: String(customer) } };
}
