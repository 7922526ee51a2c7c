export type {
  AcknowledgedResult,
  DeadResult,
  EventResult,
  FinalResult,
} from './core/events/event-result.ts';
export { type PublishAndWaitOptions, publishAndWait } from './results/publish-and-wait.ts';
export { type ResultOfOptions, resultOf } from './results/result-of.ts';
export { type WaitForOptions, waitFor } from './results/wait-for.ts';
