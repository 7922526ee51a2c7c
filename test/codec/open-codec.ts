import type { AsyncEventBackend } from 'ackline';
import { type Codec, withCodec } from 'ackline/codec';
import { memoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { jsonCodec, later } from '../support/codecs.ts';

/** A backend in memory with a codec of JSON. `full` is the same backend. */
export function open(codec: Partial<Codec> = {}) {
  const runtime = new ManualRuntime();
  const inner = memoryBackend({ runtime });
  const backend = withCodec(inner, { ...later(jsonCodec), ...codec });
  return { runtime, inner, backend, full: backend as Required<AsyncEventBackend> };
}
