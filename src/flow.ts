export type { PacedHandler } from './core/listening/paced-handler.ts';
export type { RateOptions } from './flow/at-rate.ts';
export { atRate } from './flow/at-rate.ts';
export type { BatchHandler, BatchResults } from './flow/batch-results.ts';
export type { BatchOptions } from './flow/in-batches.ts';
export { inBatches } from './flow/in-batches.ts';
