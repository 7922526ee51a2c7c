// Covers src/testing.ts
import type { ObserverEvent, Runtime } from 'ackline';
import type { ConformanceCase, Fault } from 'ackline/testing';
import { conformanceCases, type ManualRuntime, recordingObserver } from 'ackline/testing';
import { expectTypeOf, test } from 'vitest';

test('conformanceCases: are plain data', () => {
  expectTypeOf(conformanceCases).toEqualTypeOf<readonly ConformanceCase[]>();
  expectTypeOf<ConformanceCase['run']>().returns.toEqualTypeOf<Promise<void>>();
});

test('ManualRuntime: is a runtime', () => {
  expectTypeOf<ManualRuntime>().toExtend<Runtime>();
});

test('recordingObserver: finds events of one type as what they are', () => {
  const observer = recordingObserver();
  expectTypeOf(observer.events).toEqualTypeOf<readonly ObserverEvent[]>();
  expectTypeOf(observer.of('retry-scheduled')[0]?.delayMs).toEqualTypeOf<number | undefined>();
  // @ts-expect-error -- a type that does not exist
  observer.of('retried');
  // @ts-expect-error -- a field of another type
  observer.of('published')[0]?.delayMs;
});

test('faults: a delay needs its promise, a failure its error', () => {
  expectTypeOf<{ kind: 'fail'; call: 'append'; nth: 1; error: Error }>().toExtend<Fault>();
  expectTypeOf<{ kind: 'delay'; call: 'append'; nth: 1 }>().not.toExtend<Fault>();
  expectTypeOf<{ kind: 'fail'; call: 'appends'; nth: 1; error: Error }>().not.toExtend<Fault>();
});
