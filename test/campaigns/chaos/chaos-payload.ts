/** A payload that can be recognised: everything in it follows from its name. */
export interface ChaosPayload {
  readonly name: string;
  readonly filler: string | Uint8Array;
}

/** Browsers keep values above 64 KiB in separate files. */
const LARGE_BYTES = 66_000;

export function payloadFor(name: string): ChaosPayload {
  const hash = hashOf(name);
  if (hash % 200 > 0) return { name, filler: 'x'.repeat(hash % 150) };
  const filler = new Uint8Array(LARGE_BYTES);
  // Multiplied, because browsers compress repeated bytes.
  for (let index = 0; index < LARGE_BYTES; index += 1)
    filler[index] = Math.imul(hash + index, 0x9e3779b1) >>> 24;
  return { name, filler };
}

/** The name of a delivered payload, and whether everything else equals what was published under that name. */
export function inspectPayload(payload: unknown): { name: string | null; isIntact: boolean } {
  const { name, filler } = Object(payload) as Partial<ChaosPayload>;
  if (typeof name !== 'string') return { name: null, isIntact: false };
  const expected = payloadFor(name).filler;
  return { name, isIntact: isSame(filler, expected) };
}

function isSame(found: unknown, expected: string | Uint8Array): boolean {
  if (typeof expected === 'string') return found === expected;
  if (!(found instanceof Uint8Array) || found.length !== expected.length) return false;
  return found.every((byte, index) => byte === expected[index]);
}

/** FNV-1a, see {@link https://datatracker.ietf.org/doc/draft-eastlake-fnv/}. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
