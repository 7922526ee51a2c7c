/** `sequence` shows order, loss and repetition. `body` fills the size. */
export interface BenchPayload {
  readonly sequence: number;
  readonly body: string;
}

const BODY_LENGTH = 280;
const BODY_COUNT = 512;
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Random text, so that compression in a store gains little. */
function randomBody(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BODY_LENGTH));
  // Joined, because `+` makes a tree of pieces that the first reader must flatten.
  return Array.from(bytes, (byte) => CHARACTERS[byte % 64]).join('');
}

/** Made before the clock starts. The payloads of about 300 bytes share these texts. */
export function makeBodies(count: number = BODY_COUNT): string[] {
  return Array.from({ length: count }, randomBody);
}

export function payloadOf(sequence: number, bodies: readonly string[]): BenchPayload {
  return { sequence, body: bodies[sequence % bodies.length] ?? '' };
}
