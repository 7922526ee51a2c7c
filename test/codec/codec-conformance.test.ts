// Covers src/codec/async-methods.ts, src/codec/sync-methods.ts, src/codec/with-codec.ts, src/codec/codec-parts.ts
import { memoryBackend, memoryStore, syncMemoryBackend } from 'ackline';
import { withCodec } from 'ackline/codec';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import type { Requirement } from 'ackline/testing';
import { asyncOverSync } from '../async-over-sync.ts';
import { testedBackends } from '../backends.ts';
import { runConformance } from '../run-conformance.ts';
import { heldCodec, later } from '../support/codecs.ts';

/** A backend with a codec keeps no results. */
function withoutResults(features: readonly Requirement[]): readonly Requirement[] {
  return features.filter((feature) => feature !== 'retentionMs' && feature !== 'reply');
}

runConformance('memory with a codec', {
  features: withoutResults(testedBackends.memory.features),
  open(runtime) {
    const store = memoryStore({ runtime });
    const codec = later(heldCodec());
    return () => withCodec(memoryBackend({ store }), codec);
  },
});

runConformance('memory (synchronous) with a codec', {
  features: withoutResults(testedBackends['memory (synchronous)'].features),
  open(runtime) {
    const store = memoryStore({ runtime });
    const codec = heldCodec();
    return () => asyncOverSync(withCodec(syncMemoryBackend({ store }), codec));
  },
});

runConformance('IndexedDB with a codec', {
  features: withoutResults(testedBackends.IndexedDB.features),
  open(runtime) {
    const database = `codec-${crypto.randomUUID()}`;
    const codec = later(heldCodec());
    return () => withCodec(indexedDbBackend({ features: allFeatures, database, runtime }), codec);
  },
});

runConformance('broadcast with a codec', {
  features: testedBackends.broadcast.features,
  open(runtime) {
    const openNext = testedBackends.broadcast.open(runtime);
    const codec = later(heldCodec());
    return () => withCodec(openNext(), codec);
  },
});
