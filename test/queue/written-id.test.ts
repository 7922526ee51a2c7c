import { expect, test } from 'vitest';
import { idOf, textOfId } from '../../src/queue/written-id.ts';

test('textOfId: an id that a database returns as it is, is stored as it is', () => {
  for (const id of ['a', 'order-17', 'ü', '🎉', 'a"b', ' ', '1']) expect(textOfId(id)).toBe(id);
});

test('idOf: an id with a lone surrogate, a NUL or a quote in front comes back', () => {
  for (const id of ['"', '"a"', '\0', 'a\0', '\ud800', 'x\udc00', '\udc00\ud800', '🎉\ud83c']) {
    const stored = textOfId(id);
    expect(stored).toMatch(/^"[\x20-\x7e\u{1f389}]*"$/u);
    expect(idOf(stored)).toBe(id);
  }
});
