export type {
  ConformanceCase,
  ConformanceContext,
  Requirement,
} from './testing/conformance/conformance-case.ts';
export { conformanceCases } from './testing/conformance/conformance-cases.ts';
export type { Fault, FaultyStore, StoreCall } from './testing/faulty-store.ts';
export { faultyStore } from './testing/faulty-store.ts';
export type { ManualRuntimeOptions } from './testing/manual-runtime.ts';
export { ManualRuntime } from './testing/manual-runtime.ts';
export type { RecordingObserver } from './testing/recording-observer.ts';
export { recordingObserver } from './testing/recording-observer.ts';
