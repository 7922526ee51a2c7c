// Covers src/cloudevents/cloud-events.ts, src/cloudevents/read-cloud-events.ts, src/cloudevents/cloud-event.ts
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBinary } from '../../src/cloudevents/read-cloud-events.ts';
import { cloudEvents, cloudEventsBatch, fromCloudEvent } from '../../src/cloudevents.ts';
import type { Delivery } from '../../src/index.ts';

const utf8 = new TextEncoder();

/** The package neither encodes nor decodes header values, so these need no encoding. */
const plainText = fc.stringMatching(/^[!#$&-~]{1,20}$/);
const metadataNames = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((name) => !isStandard(name));
const extensions = fc.dictionary(
  metadataNames,
  fc.oneof(plainText, fc.boolean(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  { noNullPrototype: true },
);
/** The package loses false, 0, '' and null as payloads, and reads other values that are neither object nor list as text. */
const json = fc
  .oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
  // -0 is 0 in JSON.
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 50 });

function isStandard(name: string): boolean {
  return /^(id|source|type|time|subject|data|data_base64|dataschema|datacontenttype|specversion|partitionkey)$/.test(
    name,
  );
}

const events = fc.record({
  id: plainText,
  type: plainText,
  source: fc.stringMatching(/^(https:\/\/[a-z]{1,9}\.example)?\/[a-z0-9]{1,9}(\/[a-z0-9-]{1,9})?$/),
  subject: plainText,
  extensions,
  createdAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  payload: fc.oneof(json, bytes),
});

type Example = typeof events extends fc.Arbitrary<infer T> ? T : never;

function deliveryOf({ id, type, subject, extensions: own, createdAt, payload }: Example): Delivery {
  const metadata = { ...own, subject };
  const delivery = { eventId: id, channel: type, payload, metadata, createdAt };
  return delivery as unknown as Delivery;
}

/** What the package must read of an event. In headers every attribute is text. */
function expectedOf(example: Example, isText: boolean): Record<string, unknown> {
  const { id, type, source, subject, extensions: own, createdAt } = example;
  const extended = Object.entries(own).map(([name, value]) => [name, isText ? `${value}` : value]);
  const time = new Date(createdAt).toISOString();
  return { ...Object.fromEntries(extended), id, type, source, subject, time };
}

function sentTo(given: unknown): CloudEvent<unknown> {
  const event = given as CloudEvent<unknown>;
  expect(event.validate()).toBe(true);
  return event;
}

/** The payload, as the package has read it. */
function expectPayload(event: CloudEvent<unknown>, payload: unknown): void {
  if (payload instanceof Uint8Array)
    expect(event.data_base64).toBe(Buffer.from(payload).toString('base64'));
  else expect(event.data).toEqual(payload);
}

test('structured and batch mode: the package cloudevents reads what is sent', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (example) => {
      const delivery = deliveryOf(example);
      const { source, payload } = example;
      const parts = cloudEvents({ source });
      const headers = await parts.headers(delivery);
      const body = String(await parts.body(payload, delivery));
      const event = sentTo(HTTP.toEvent({ headers, body }));
      expect(event).toMatchObject(expectedOf(example, false));
      expectPayload(event, payload);

      const batch = cloudEventsBatch([delivery, delivery], { source });
      const read = HTTP.toEvent({ headers: { ...batch.headers }, body: batch.body });
      expect(read).toHaveLength(2);
      for (const one of read as CloudEvent<unknown>[])
        expect(sentTo(one)).toMatchObject(expectedOf(example, false));
    }),
  );
});

test('binary mode: the package cloudevents reads what is sent', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (example) => {
      const delivery = deliveryOf(example);
      const { source, payload } = example;
      const parts = cloudEvents({ source, mode: 'binary' });
      const headers = await parts.headers(delivery);
      const sent = await parts.body(payload, delivery);
      const body = typeof sent === 'string' ? sent : Buffer.from(sent);
      const event = sentTo(HTTP.toEvent({ headers, body }));
      expect(event).toMatchObject(expectedOf(example, true));
      if (!(payload instanceof Uint8Array)) expect(event.data).toEqual(payload);
    }),
  );
});

test('structured and binary mode: what the package cloudevents sends is read', () => {
  fc.assert(
    fc.property(events, (example) => {
      const { id, type, source, subject, extensions: own, createdAt, payload } = example;
      const time = new Date(createdAt).toISOString();
      const isBytes = payload instanceof Uint8Array;
      const datacontenttype = isBytes ? 'application/octet-stream' : 'application/json';
      const attributes = { ...own, id, type, source, subject, time, datacontenttype };
      const event = new CloudEvent<unknown>({ ...attributes, data: payload });

      const structured = fromCloudEvent(JSON.parse(String(HTTP.structured(event).body)));
      expect(structured).toMatchObject({ id, channel: type, source });
      expect(structured.metadata).toMatchObject(expectedMetadata(example, false));
      expect(structured.payload).toEqual(payload);

      const { headers, body } = HTTP.binary(event);
      const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      const content = isBytes ? payload : utf8.encode(String(body));
      const binary = fromBinary(new Headers(Object.fromEntries(texts)), content);
      expect(binary).toMatchObject({ id, channel: type, source });
      expect(binary.metadata).toMatchObject(expectedMetadata(example, true));
      expect(binary.payload).toEqual(payload);
    }),
  );
});

function expectedMetadata(example: Example, isText: boolean): Record<string, unknown> {
  const { id: _, ...metadata } = expectedOf(example, isText);
  return metadata;
}
