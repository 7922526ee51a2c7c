// Covers src/cloudevents/cloud-events.ts, src/cloudevents/cloud-event.ts, src/cloudevents/read-cloud-events.ts,
// src/core/events/base64.ts, src/cloudevents/header-value.ts
import { expect, test } from 'vitest';
import { fromHeaderValue, toHeaderValue } from '../../src/cloudevents/header-value.ts';
import { fromBinary } from '../../src/cloudevents/read-cloud-events.ts';
import {
  CloudEventError,
  cloudEvents,
  cloudEventsBatch,
  fromCloudEvent,
  toCloudEvent,
} from '../../src/cloudevents.ts';
import type { Delivery } from '../../src/index.ts';

const at = 1_700_000_000_000;

function delivered(payload: unknown, more: object = {}): Delivery {
  const event = { eventId: 'event-1', channel: 'order.placed', metadata: null, createdAt: at };
  return { ...event, payload, ...more } as unknown as Delivery;
}

/** The events of the specification, section "Example" and its JSON format. */
const SPECIFIED = {
  specversion: '1.0',
  type: 'com.github.pull_request.opened',
  source: 'https://github.com/cloudevents/spec/pull',
  subject: '123',
  id: 'A234-1234-1234',
  time: '2018-04-05T17:31:00Z',
  comexampleextension1: 'value',
  comexampleothervalue: 5,
  datacontenttype: 'text/xml',
  data: '<much wow="xml"/>',
};

test('fromCloudEvent: the example of the specification', () => {
  expect(fromCloudEvent(SPECIFIED)).toEqual({
    channel: 'com.github.pull_request.opened',
    payload: '<much wow="xml"/>',
    id: 'A234-1234-1234',
    source: 'https://github.com/cloudevents/spec/pull',
    metadata: {
      type: 'com.github.pull_request.opened',
      source: 'https://github.com/cloudevents/spec/pull',
      subject: '123',
      time: '2018-04-05T17:31:00Z',
      comexampleextension1: 'value',
      comexampleothervalue: 5,
    },
  });
});

test('fromCloudEvent: data_base64 by its datacontenttype, and null attributes are absent', () => {
  const event = { specversion: '1.0', id: '1', source: '/a', type: 'b', subject: null };
  const read = (datacontenttype: string | null, data_base64: string) =>
    fromCloudEvent({ ...event, datacontenttype, data_base64 }).payload;
  expect(read('application/json; charset=utf-8', btoa('{"a":1}'))).toEqual({ a: 1 });
  expect(read('application/vnd.me+json', btoa('2'))).toBe(2);
  expect(read('text/plain', btoa('tea'))).toBe('tea');
  expect(read('image/png', 'AP8=')).toEqual(new Uint8Array([0, 255]));
  expect(read(null, 'AP8=')).toEqual(new Uint8Array([0, 255]));
  expect(fromCloudEvent({ ...event, data: null }).payload).toBeNull();
  expect(fromCloudEvent(event).payload).toBeUndefined();
  expect(fromCloudEvent(event).metadata).toEqual({ source: '/a', type: 'b' });
});

test.each([
  ['no object', [], 'JSON object'],
  ['null', null, 'JSON object'],
  ['another version', { ...SPECIFIED, specversion: '0.3' }, 'specversion'],
  ['no id', { ...SPECIFIED, id: undefined }, 'id is missing'],
  ['an empty id', { ...SPECIFIED, id: '' }, 'id must be'],
  ['a number as source', { ...SPECIFIED, source: 7 }, 'source must be'],
  ['no type', { ...SPECIFIED, type: null }, 'type is missing'],
  ['a date that is no RFC 3339', { ...SPECIFIED, time: '5 April' }, 'time must be'],
  ['a time without seconds', { ...SPECIFIED, time: '2018-04-05T18:31Z' }, 'time must be'],
  ['a zone that is none', { ...SPECIFIED, time: '2018-04-05T18:31:00+25:00' }, 'time must be'],
  ['a zone of hours only', { ...SPECIFIED, time: '2018-04-05T18:31:00+05' }, 'time must be'],
  ['no media type', { ...SPECIFIED, datacontenttype: 'hidden' }, 'datacontenttype must be'],
  ['an object as extension', { ...SPECIFIED, hidden: { a: 1 } }, 'be a string, a boolean'],
  ['a fraction as extension', { ...SPECIFIED, hidden: 1.5 }, 'be a string, a boolean'],
  ['a name in capitals', { ...SPECIFIED, Secret: 'hidden' }, 'an extension must have a name'],
  [
    '__proto__',
    JSON.parse(`{"specversion":"1.0","__proto__":{"a":1}}`),
    'an extension must have a name',
  ],
  ['data twice', { ...SPECIFIED, data_base64: 'AP8=' }, 'either data'],
  ['no base64', { ...SPECIFIED, data: undefined, data_base64: '%%hidden%%' }, 'data_base64'],
  [
    'JSON that is none',
    {
      ...SPECIFIED,
      data: undefined,
      datacontenttype: 'application/json',
      data_base64: btoa('{hidden'),
    },
    'not JSON',
  ],
])('fromCloudEvent: %s is refused, without the value in the message', (_, given, message) => {
  const read = () => fromCloudEvent(given);
  expect(read).toThrow(CloudEventError);
  expect(read).toThrow(message);
  expect(read).not.toThrow('hidden');
});

/** What version 10.0.0 of the package `cloudevents` sends. */
const BY_PACKAGE = {
  structured:
    '{"id":"1","time":"2026-11-29T04:25:20.289Z","type":"x","source":"/a","specversion":"1.0","subject":"s ü","datacontenttype":"application/octet-stream","data_base64":"AP8=","count":3}',
  binary: {
    'content-type': 'application/json',
    'ce-id': '1',
    'ce-time': '2026-11-29T04:25:20.289Z',
    'ce-type': 'x',
    'ce-source': '/a',
    'ce-specversion': '1.0',
    'ce-subject': 's ü',
    'ce-count': '3',
  },
};

test('events of the package cloudevents are read', () => {
  const metadata = { source: '/a', type: 'x', time: '2026-11-29T04:25:20.289Z', subject: 's ü' };
  const structured = fromCloudEvent(JSON.parse(BY_PACKAGE.structured));
  expect(structured).toMatchObject({ id: '1', channel: 'x', metadata: { ...metadata, count: 3 } });
  expect(structured.payload).toEqual(new Uint8Array([0, 255]));
  const body = new TextEncoder().encode('{"total":9}');
  const binary = fromBinary(new Headers(BY_PACKAGE.binary), body);
  expect(binary).toMatchObject({ id: '1', channel: 'x', payload: { total: 9 } });
  expect(binary.metadata).toEqual({ ...metadata, count: '3' });
});

test('toCloudEvent: id, type, time and key of the event; metadata that CloudEvents allow', () => {
  const metadata = {
    traceparent: '00-1-2-03',
    count: 3,
    subject: 'o-1',
    source: '/else',
    camelCase: 'left out',
    nested: { left: 'out' },
    half: 1.5,
  };
  const event = delivered({ total: 9 }, { metadata, key: 'customer-1' });
  expect(toCloudEvent(event, { source: '/shop' })).toEqual({
    specversion: '1.0',
    id: 'event-1',
    source: '/shop',
    type: 'order.placed',
    time: '2023-11-14T22:13:20.000Z',
    partitionkey: 'customer-1',
    traceparent: '00-1-2-03',
    count: 3,
    subject: 'o-1',
    datacontenttype: 'application/json',
    data: { total: 9 },
  });
  const type = ({ channel }: { channel: string }) => `com.shop.${channel}`;
  expect(toCloudEvent(event, { source: '/shop', type }).type).toBe('com.shop.order.placed');
});

const PAYLOADS: readonly unknown[] = [
  { total: 9, lines: [{ name: 'tea “☕” 100%' }] },
  'text',
  '',
  0,
  null,
  undefined,
  new Uint8Array([0, 1, 254, 255]),
  new Uint8Array(20_000).fill(7),
];

test('both ways: structured and batch mode keep payload, id, type and metadata', () => {
  for (const payload of PAYLOADS) {
    const event = delivered(payload, { metadata: { traceparent: 't', count: 3, last: true } });
    const text = JSON.stringify(toCloudEvent(event, { source: '/shop' }));
    expect(fromCloudEvent(JSON.parse(text))).toMatchObject({
      channel: 'order.placed',
      id: 'event-1',
      metadata: { traceparent: 't', count: 3, last: true },
    });
    expect(fromCloudEvent(JSON.parse(text)).payload).toEqual(payload);
  }
  const { headers, body } = cloudEventsBatch(
    PAYLOADS.map((payload) => delivered(payload)),
    {
      source: '/shop',
    },
  );
  expect(headers).toEqual({ 'content-type': 'application/cloudevents-batch+json' });
  expect((JSON.parse(body) as unknown[]).map((one) => fromCloudEvent(one).payload)).toEqual(
    PAYLOADS,
  );
});

test('both ways: binary mode, with the headers of the caller', async () => {
  const parts = cloudEvents({ source: '/shöp', mode: 'binary', headers: { authorization: 'b' } });
  for (const payload of PAYLOADS) {
    const event = delivered(payload, { metadata: { count: 3, note: 'für "Ada" 100%' } });
    const headers = new Headers(await parts.headers(event));
    expect(headers.get('authorization')).toBe('b');
    const body = new Uint8Array(await new Response(await parts.body(payload, event)).arrayBuffer());
    const read = fromBinary(headers, body);
    expect(read.payload).toEqual(payload);
    expect(read).toMatchObject({ id: 'event-1', source: '/shöp', channel: 'order.placed' });
    expect(read.metadata).toMatchObject({ count: '3', note: 'für "Ada" 100%' });
  }
});

test('cloudEvents: structured mode, with headers that are made for each request', async () => {
  const headers = async ({ eventId }: Delivery) => ({ 'x-id': eventId });
  const parts = cloudEvents({ source: '/shop', headers });
  const event = delivered({ total: 1 });
  expect(await parts.headers(event)).toEqual({
    'x-id': 'event-1',
    'content-type': 'application/cloudevents+json',
  });
  // A conflict may have replaced the payload.
  const body = (await parts.body({ total: 2 }, event)) as string;
  expect(JSON.parse(body)).toMatchObject({ id: 'event-1', data: { total: 2 } });
});

test('options out of range are refused', () => {
  const wrong = (options: object) => () => cloudEvents(options as never);
  expect(wrong({})).toThrow('source must be a string that is not empty');
  expect(wrong({ source: '/a', type: 5 })).toThrow('type must be');
  expect(wrong({ source: '/a', mode: 'batch' })).toThrow('mode must be');
});

test('header values: percent-encoded as the HTTP binding says, quoted strings are read', () => {
  // The example of the specification.
  expect(toHeaderValue('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
  expect(toHeaderValue('a"b%c\ud800')).toBe('a%22b%25c%EF%BF%BD');
  expect(fromHeaderValue('ce-a', 'Euro%20%E2%82%AC%20%F0%9F%98%80')).toBe('Euro € 😀');
  expect(fromHeaderValue('ce-a', '"a \\"b\\" %41"')).toBe('a "b" A');
  expect(() => fromHeaderValue('ce-a', '%FF')).toThrow(CloudEventError);
});

test('fromBinary: attributes that are none in binary mode, and names that are none, are refused', () => {
  const base = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/a', 'ce-type': 'b' };
  const read = (more: object) => () =>
    fromBinary(new Headers({ ...base, ...more }), new Uint8Array());
  expect(read({})().payload).toBeUndefined();
  expect(read({ 'content-type': 'text/plain' })().payload).toBe('');
  expect(read({ 'ce-datacontenttype': 'text/plain' })).toThrow(CloudEventError);
  expect(read({ 'ce-data': 'x' })).toThrow(CloudEventError);
  expect(read({ 'ce-a-b': 'x' })).toThrow(CloudEventError);
  expect(read({ 'ce-__proto__': 'x' })).toThrow(CloudEventError);
});
