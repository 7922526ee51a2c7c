export type {
  ConformanceCase,
  ConformanceContext,
  PartitionsUnderTest,
  Requirement,
} from './testing/conformance/conformance-case.ts';
export { conformanceCases } from './testing/conformance/conformance-cases.ts';
export type { Fault, FaultyStore, StoreCall } from './testing/faulty-store.ts';
export { faultyStore } from './testing/faulty-store.ts';
export type { CheckHistoryOptions, HealedAt } from './testing/history/check-history.ts';
export { checkHistory } from './testing/history/check-history.ts';
export type {
  HistoryOperation,
  HistoryOutcome,
  HistoryReceipt,
  HistoryRecord,
  HistoryResult,
} from './testing/history/history-record.ts';
export type { HistoryRule, HistoryViolation } from './testing/history/history-violation.ts';
export type { ManualRuntimeOptions } from './testing/manual-runtime.ts';
export { ManualRuntime } from './testing/manual-runtime.ts';
export type { RecordingObserver } from './testing/recording-observer.ts';
export { recordingObserver } from './testing/recording-observer.ts';
