// Covers src/ingress/create-ingress.ts, src/ingress/read-events.ts, src/ingress/problem.ts,
// src/cloudevents/read-cloud-events.ts, src/cloudevents/cloud-event.ts
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { open } from './open-ingress.ts';

/** What a hostile client may know and a server must not answer. */
const SECRET = 'c0ffee';

const names = fc.constantFrom(
  ...['id', 'payload', 'type', 'source', 'specversion', 'data', 'data_base64', 'time'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'datacontenttype', SECRET],
);
const texts = fc.oneof(
  fc.constantFrom('1.0', 'orders', '/shop', '', SECRET, '\u0000', '\ud800', '%FF'),
  fc.string({ unit: 'binary' }),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.jsonValue(),
    fc.constantFrom(Number.MAX_VALUE, -0, null, true),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(names, tie('value')), { maxLength: 8 })
      .map(textOfObject)
      .map(JSON.parse),
  ),
})).value;

/** An object with own keys such as `__proto__`, also twice. */
function textOfObject(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`).join(',')}}`;
}

const bodies = fc.oneof(
  json.map((value) => new TextEncoder().encode(JSON.stringify(value))),
  fc.array(json, { maxLength: 5 }).map((list) => new TextEncoder().encode(JSON.stringify(list))),
  fc.uint8Array({ maxLength: 200 }),
);
const types = fc.constantFrom(
  ...['application/json', 'text/json', 'application/cloudevents+json', 'text/plain', ''],
  ...['application/cloudevents-batch+json', 'application/vnd.ackline.events+json', ';;;'],
);
const headerValues = fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,30}$/);
const headers = fc.dictionary(
  fc.constantFrom(
    ...['idempotency-key', 'ce-specversion', 'ce-id', 'ce-type', 'ce-source', 'ce-time'],
    ...['ce-__proto__', 'ce-constructor', 'ce-data', 'traceparent', 'content-encoding'],
    ...['content-length', 'transfer-encoding'],
  ),
  fc.oneof(fc.constantFrom('1.0', 'orders', 'a', '"a\\"', '%FF', '-1', '1e9'), headerValues),
);
const paths = fc.oneof(
  fc.constantFrom('/orders', '/', '/__proto__', '/%FF', '/orders/', '//'),
  fc.webPath(),
);
const methods = fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE');

const requests = fc
  .record({ method: methods, path: paths, type: types, headers, body: bodies })
  .map(({ method, path, type, headers: given, body }) => {
    const sent = new Headers();
    // A platform may refuse a header that it sets itself.
    for (const [name, value] of Object.entries({ 'content-type': type, ...given }))
      if (value !== '') sent.set(name, value);
    return new Request(`http://shop.test${path}`, {
      method,
      headers: sent,
      body: new Uint8Array(body),
    });
  });

const STATUSES = [202, 400, 404, 405, 408, 413, 415, 422, 500];

test('any request: an answer of the table, without a part of the payload, and no prototype is changed', async () => {
  const { handle, stored, faults } = open({ maxBytes: 2_000, maxBatch: 4 });
  const before = Object.getOwnPropertyNames(Object.prototype);
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const response = await handle(request);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      expect(STATUSES).toContain(response.status);
      if (response.status !== 202) {
        const type = response.headers.get('content-type');
        expect(type).toBe('application/problem+json');
        const body = (await response.json()) as { status: number; code: string; title: string };
        expect(body.status).toBe(response.status);
        // The result of a batch has the id of each event, and nothing else of it.
        const results = (body as { results?: { id?: string }[] }).results ?? [];
        const said = JSON.stringify({ ...body, results: results.map(({ id, ...rest }) => rest) });
        expect(said).not.toContain(SECRET);
      }
      for (const { payload, metadata } of await stored()) {
        expect(Object.getPrototypeOf(metadata ?? {})).toBe(Object.prototype);
        if (typeof payload === 'object' && payload !== null && !Array.isArray(payload))
          expect([Object.prototype, Uint8Array.prototype]).toContain(
            Object.getPrototypeOf(payload),
          );
      }
    }),
    { numRuns: 3_000 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  // Only an empty body with the header of a longer one is a fault.
  for (const fault of faults) expect(String(fault)).toContain('the body was read before');
  expect([...seen.keys()].toSorted()).toEqual(
    expect.arrayContaining([202, 400, 404, 405, 415, 422]),
  );
});
