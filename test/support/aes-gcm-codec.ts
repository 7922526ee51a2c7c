import { RetryError } from 'ackline';
import type { Codec } from 'ackline/codec';

const IV_BYTES = 12;

/**
 * AES-GCM over JSON: one byte that names the key, 12 random bytes, and the sealed bytes. `keys` has the keys by number. The key
 * `current` encrypts. An event whose key is not there waits for a minute.
 */
export function aesGcm(keys: ReadonlyMap<number, CryptoKey>, current: number): Codec {
  const termsOf = (head: Uint8Array<ArrayBuffer>) => ({
    name: 'AES-GCM',
    iv: head.subarray(1),
    additionalData: head.subarray(0, 1),
  });
  return {
    async encode(value) {
      const key = keys.get(current);
      if (!key) throw new Error(`there is no key ${current}`);
      const head = new Uint8Array([current, ...crypto.getRandomValues(new Uint8Array(IV_BYTES))]);
      const text = new TextEncoder().encode(JSON.stringify({ value }));
      const sealed = await crypto.subtle.encrypt(termsOf(head), key, text);
      return new Uint8Array([...head, ...new Uint8Array(sealed)]);
    },
    async decode(stored) {
      if (!(stored instanceof Uint8Array)) throw new TypeError('the event is not encrypted');
      const head = new Uint8Array(stored.subarray(0, 1 + IV_BYTES));
      const key = keys.get(head[0] ?? -1);
      if (!key)
        throw new RetryError(60_000, `there is no key ${head[0]}`, { countsAsAttempt: false });
      const sealed = new Uint8Array(stored.subarray(head.length));
      const text = await crypto.subtle.decrypt(termsOf(head), key, sealed);
      return (JSON.parse(new TextDecoder().decode(text)) as { readonly value?: unknown }).value;
    },
  };
}

export function newKey(): Promise<CryptoKey> {
  const use = ['encrypt', 'decrypt'] as const;
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [...use]);
}
