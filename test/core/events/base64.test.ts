import { expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/core/events/base64.ts';

test('toBase64: is the base64 that every platform reads', () => {
  expect(toBase64(new Uint8Array([0, 255, 128]))).toBe('AP+A');
  expect([toBase64(new Uint8Array()), fromBase64('').length]).toEqual(['', 0]);
});

test('fromBase64: returns bytes of any number, also where a text is made in several parts', () => {
  for (const count of [1, 8_191, 8_192, 8_193, 20_000]) {
    const bytes = Uint8Array.from({ length: count }, (_, index) => (index * 7) % 256);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
  expect(() => fromBase64('?')).toThrow();
});
