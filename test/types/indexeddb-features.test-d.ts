// Covers src/backends/indexeddb/indexeddb-feature.ts, src/backends/indexeddb/memory-fallback.ts
import {
  allFeatures,
  groupsFeature,
  type IndexedDbFeature,
  indexedDbBackend,
  memoryFallback,
  type StorageFallback,
} from 'ackline/indexeddb';
import { expectTypeOf, test } from 'vitest';

test('features are values of one type, in any number', () => {
  expectTypeOf(groupsFeature).toEqualTypeOf<IndexedDbFeature>();
  expectTypeOf(allFeatures).toEqualTypeOf<readonly IndexedDbFeature[]>();
  indexedDbBackend({ database: 'shop', features: [groupsFeature] });
  indexedDbBackend({ database: 'shop', features: allFeatures });
  // @ts-expect-error -- a name would load nothing
  indexedDbBackend({ database: 'shop', features: ['groupsFeature'] });
  // @ts-expect-error -- one feature is given in an array, too
  indexedDbBackend({ database: 'shop', features: groupsFeature });
});

test('the fallback is a value or throw', () => {
  expectTypeOf(memoryFallback).toExtend<StorageFallback>();
  indexedDbBackend({ database: 'shop', fallback: memoryFallback });
  indexedDbBackend({ database: 'shop', fallback: 'throw' });
  // @ts-expect-error -- the name of earlier releases
  indexedDbBackend({ database: 'shop', fallback: 'memory' });
});
