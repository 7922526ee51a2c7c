import type { Codec, SyncCodec } from 'ackline/codec';
import { estimateBytes } from '../../src/core/admission.ts';

/** A codec for any value: it keeps the values itself, and stores a name that is about as long as the value. */
export function heldCodec(): SyncCodec {
  const values = new Map<string, unknown>();
  return {
    encode(value) {
      const bytes = estimateBytes(value, 10_000_000);
      // A note of 10,000 characters must fit with what is stored before it.
      const length = bytes / 2 - (typeof value === 'string' && bytes > 10_000 ? 20 : 0);
      const name = `held-${values.size}-`.padEnd(length, '.');
      values.set(name, value);
      return name;
    },
    decode(stored) {
      if (typeof stored !== 'string' || !values.has(stored)) throw new TypeError('not encoded');
      return structuredClone(values.get(stored));
    },
  };
}

/** The bytes of the JSON of a value. */
export const jsonCodec: SyncCodec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify({ value })),
  decode(stored) {
    if (!(stored instanceof Uint8Array)) throw new TypeError('not encoded');
    return (JSON.parse(new TextDecoder().decode(stored)) as { readonly value?: unknown }).value;
  },
};

/** The same codec with promises. */
export function later({ encode, decode }: SyncCodec): Codec {
  return { encode: async (value) => encode(value), decode: async (stored) => decode(stored) };
}
