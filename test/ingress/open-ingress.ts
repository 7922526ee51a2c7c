import { expect } from 'vitest';
import { type AsyncEventBackend, EventChannel, memoryBackend } from '../../src/index.ts';
import { createIngress, type IngressOptions, type ProblemBody } from '../../src/ingress.ts';

type Given = Partial<
  IngressOptions<Record<string, unknown>, Record<string, unknown>, Record<string, unknown>>
>;

export function open(
  given: Given = {},
  backend: AsyncEventBackend = memoryBackend(),
  settings = {},
) {
  const events = new EventChannel({ backend, ...settings });
  const faults: unknown[] = [];
  const handle = createIngress({
    events,
    channels: ['orders', 'notes'],
    onFault: (error) => faults.push(error),
    ...given,
  });
  const stored = async (channel = 'orders') => {
    const deliveries = await events.dequeueMany(channel, 1_000, { pollIntervalMs: 0 });
    return deliveries.map(({ eventId, payload, metadata, key }) => ({
      eventId,
      payload,
      metadata,
      key,
    }));
  };
  return { events, handle, faults, stored };
}

export const JSON_TYPE = { 'content-type': 'application/json' };

export function post(
  body: BodyInit | null,
  headers: Record<string, string> = {},
  path = '/events/orders',
) {
  return new Request(`http://shop.test${path}`, {
    method: 'POST',
    headers: { ...JSON_TYPE, 'idempotency-key': 'id-1', ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
}

export async function problemOf(response: Response): Promise<ProblemBody> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as ProblemBody;
  expect(body.status).toBe(response.status);
  expect(body.title).not.toBe('');
  return body;
}

export const event = (id: string, more: object = {}) => ({
  specversion: '1.0',
  source: '/shop',
  type: 'orders',
  id,
  data: { total: 1 },
  ...more,
});

export const structured = (one: unknown, headers: Record<string, string> = {}) =>
  post(JSON.stringify(one), { 'content-type': 'application/cloudevents+json', ...headers });

export const batched = (all: unknown) => {
  const request = post(JSON.stringify(all), {
    'content-type': 'application/cloudevents-batch+json; charset=utf-8',
  });
  request.headers.delete('idempotency-key');
  return request;
};

/** The body of `httpBatchSender`. */
export const items = (all: unknown, headers: Record<string, string> = {}) => {
  const type = 'application/vnd.ackline.events+json';
  const request = post(JSON.stringify(all), { 'content-type': type, ...headers });
  request.headers.delete('idempotency-key');
  return request;
};

/** A memory backend whose publishes of these numbers fail: before the events are stored, or after that. */
export function failingBackend(
  nths: readonly number[],
  error: unknown,
  lost: 'request' | 'answer' = 'request',
): AsyncEventBackend {
  const memory = memoryBackend() as Required<AsyncEventBackend>;
  let calls = 0;
  const publishMany: typeof memory.publishMany = async (drafts) => {
    calls += 1;
    const isFailing = nths.includes(calls);
    if (isFailing && lost === 'request') throw error;
    const ids = await memory.publishMany(drafts);
    if (isFailing) throw error;
    return ids;
  };
  return new Proxy(memory, {
    get(target, name) {
      if (name === 'publishMany') return publishMany;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
