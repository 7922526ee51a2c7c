import { EventChannel, memoryBackend } from 'ackline';
import { createIngress } from 'ackline/ingress';

/** The part of Cloudflare's types that this worker needs. */
interface Environment {
  readonly ORDERS: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

/** A Durable Object owns its memory, so its channel is the same one in each request. */
export class Orders {
  readonly #events = new EventChannel<{ orders: unknown }>({ backend: memoryBackend() });
  readonly #ingress = createIngress({
    events: this.#events,
    channels: ['orders'],
    maxBytes: 1_000,
  });

  fetch(request: Request): Promise<Response> {
    return request.method === 'GET' ? this.#takeOrders() : this.#ingress(request);
  }

  async #takeOrders(): Promise<Response> {
    const deliveries = await this.#events.dequeueMany('orders', 1_000, { pollIntervalMs: 0 });
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    return Response.json(deliveries.map(({ eventId, payload }) => ({ eventId, payload })));
  }
}

// Workers ask for a default export.
export default {
  fetch: (request: Request, { ORDERS }: Environment): Promise<Response> =>
    ORDERS.getByName('shop').fetch(request),
};
