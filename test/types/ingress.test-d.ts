// Covers src/ingress.ts, src/cloudevents.ts
import { createServer } from 'node:http';
import { EventChannel, memoryBackend } from 'ackline';
import { type CloudEvent, cloudEvents, cloudEventsBatch, toCloudEvent } from 'ackline/cloudevents';
import { createIngress, type Ingress, type ReceivedEvent, toNodeHandler } from 'ackline/ingress';
import { httpSender, type Sender } from 'ackline/outbox';
import { expectTypeOf, test } from 'vitest';

interface Order {
  readonly total: number;
}

const events = new EventChannel<{ 'order.placed': Order; greeting: string }>({
  backend: memoryBackend(),
});

test('createIngress: channels are those of the schema, and the result is a fetch handler', () => {
  const handle = createIngress({
    events,
    channels: ['order.placed'],
    authorize: async (request) => {
      expectTypeOf(request).toEqualTypeOf<Request>();
      return request.headers.has('authorization') || 401;
    },
    map: (event, request) => {
      expectTypeOf(event).toEqualTypeOf<ReceivedEvent>();
      return { ...event, id: `${request.url} ${event.id}`, options: { key: 'a' } };
    },
  });
  expectTypeOf(handle).toEqualTypeOf<Ingress>();
  expectTypeOf<Ingress>().toEqualTypeOf<(request: Request) => Promise<Response>>();
  createServer(toNodeHandler(handle));
  createIngress({ events, channels: ['order.placed'], authorize: () => new Response() });
  // @ts-expect-error -- there is no such channel
  createIngress({ events, channels: ['order.place'] });
  // @ts-expect-error -- the channels are required
  createIngress({ events });
  // @ts-expect-error -- another status pauses no outbox
  createIngress({ events, channels: ['greeting'], authorize: () => 404 });
  // @ts-expect-error -- the id is no option of the publish
  createIngress({ events, channels: ['greeting'], map: (e) => ({ ...e, options: { id: 'a' } }) });
});

test('cloudEvents: is a part of the options of httpSender, with the payload of the channel', () => {
  const source = '/shop';
  expectTypeOf(httpSender({ url: '/a', ...cloudEvents<Order>({ source }) })).toEqualTypeOf<
    Sender<Order>
  >();
  const type = ({ payload }: { payload: Order }) => (payload.total > 9 ? 'large' : 'small');
  httpSender<Order>({ url: '/a', ...cloudEvents<Order>({ source, type, mode: 'binary' }) });
  events.listen('order.placed', (delivery) => {
    expectTypeOf(toCloudEvent(delivery, { source, type })).toEqualTypeOf<CloudEvent>();
    void fetch('/a', { method: 'POST', ...cloudEventsBatch([delivery], { source, type }) });
  });
  // @ts-expect-error -- the source is required
  cloudEvents({ mode: 'binary' });
});
