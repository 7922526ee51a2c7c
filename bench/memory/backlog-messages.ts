export const MEMORY_SUBJECTS = [
  'floor',
  'sync backend',
  'SyncEventChannel',
  'async backend',
  'EventChannel',
] as const;

export type MemorySubject = (typeof MEMORY_SUBJECTS)[number];

export interface BacklogRequest {
  readonly cycles: number;
}

/** Bytes and times for one event. */
export type BacklogReport =
  | { readonly type: 'filled'; readonly perEvent: number; readonly perPayload: number }
  | { readonly type: 'measured'; readonly microseconds: number }
  | { readonly type: 'failed'; readonly reason: string };
