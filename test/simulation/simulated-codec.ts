import { type AsyncEventBackend, RetryError } from 'ackline';
import { withCodec } from 'ackline/codec';
import type { SimulatedContext } from './simulated-context.ts';

const LONGEST_MS = 20;
const RETRY_MS = 50;
const ENCODED = 'encoded ';

/** A backend of a context that stores everything encoded. Encoders and decoders take different times, and some decoders fail. */
export function withSimulatedCodec(
  backend: AsyncEventBackend,
  context: SimulatedContext,
  fails: () => boolean,
): AsyncEventBackend {
  const { random } = context.world;
  const wait = () => context.sleep(random.next() * LONGEST_MS);
  return withCodec(backend, {
    encode: async (value) => {
      if (random.chance(0.5)) await wait();
      return `${ENCODED}${JSON.stringify(value)}`;
    },
    decode: async (stored) => {
      if (random.chance(0.5)) await wait();
      if (fails() && random.chance(0.05)) throw new RetryError(RETRY_MS);
      if (fails() && random.chance(0.02)) throw new Error('the key is missing');
      if (!String(stored).startsWith(ENCODED)) throw new Error(`not encoded: ${String(stored)}`);
      return JSON.parse(String(stored).slice(ENCODED.length));
    },
    keys: async (key) => `${ENCODED}${key}`,
  });
}
