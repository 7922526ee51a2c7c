/** `sequence` lets a consumer see order, loss and doubles; `body` makes up the size. */
export interface BenchPayload {
  readonly sequence: number;
  readonly body: string;
}

const BODY_LENGTH = 280;
const BODY_COUNT = 512;
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Random text, so that a store that compresses gains little by it. */
function randomBody(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BODY_LENGTH));
  // Joined, not added up: adding up leaves a tree of pieces, which the first reader pays for.
  return Array.from(bytes, (byte) => CHARACTERS[byte % 64]).join('');
}

/** Made before the clock starts; the payloads of about 300 bytes share these. */
export function makeBodies(count: number = BODY_COUNT): string[] {
  return Array.from({ length: count }, randomBody);
}

export function payloadOf(sequence: number, bodies: readonly string[]): BenchPayload {
  return { sequence, body: bodies[sequence % bodies.length] ?? '' };
}
