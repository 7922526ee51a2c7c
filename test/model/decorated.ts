import type { AsyncEventBackend } from 'ackline';
import { withCodec } from 'ackline/codec';
import { withSchemas } from 'ackline/schema';
import { schemaOf } from '../support/schemas.ts';
import type { Backend, Context } from './place.ts';

/** Schemas and a codec around a backend, and events that they did not make. */

/** The channel that has a schema. */
export const SCHEMA_CHANNEL = 'a';

/** How an event is stored: as the application does now, as it did before its schema, in a form of which nothing is left, or without the codec. */
export const FORMS = ['present', 'old', 'unfit', 'undecodable'] as const;
export type Form = (typeof FORMS)[number];

const number = schemaOf<number>((value) =>
  typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] },
);

/** Brings `old 12` into the present form. */
function migrate(payload: unknown): unknown {
  const [form, n] = String(payload).split(' ');
  return form === 'old' ? Number(n) : payload;
}

const SCHEMAS = {
  [SCHEMA_CHANNEL]: { schema: number, validate: 'delivery', version: 2, migrate },
} as const;

const codec = {
  encode: (value: unknown) => `json ${JSON.stringify({ value })}`,
  decode(stored: unknown) {
    const text = String(stored);
    if (!text.startsWith('json ')) throw new TypeError('not encoded');
    return (JSON.parse(text.slice(5)) as { readonly value?: unknown }).value;
  },
};

export function decorated(raw: AsyncEventBackend): Context {
  const coded = withCodec(raw, codec);
  const full: AsyncEventBackend = withSchemas(coded, SCHEMAS);
  return { raw: raw as Backend, coded: coded as Backend, full: full as Backend };
}

export function payloadOf(form: Form, n: number): unknown {
  return form === 'present' ? n : `${form} ${n}`;
}

/** The backend that stores an event in this form. */
export function formOf(form: Form, { raw, coded, full }: Context): Backend {
  if (form === 'undecodable') return raw;
  return form === 'present' ? full : coded;
}
