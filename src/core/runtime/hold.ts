import { ignore } from './ignore.ts';
import type { Runtime, Stop } from './runtime.ts';

/**
 * When a channel keeps a Node process alive.
 *
 * - `'work'`: while a caller waits for an answer, while a handler runs, and while a listener waits for an event with a known
 *   due time.
 * - `true`: also while a listener is idle.
 * - `false`: never.
 */
export type KeepAlive = boolean | 'work';

/** Keeps the process alive until the returned function is called. Does nothing if the runtime has no `hold`. */
export function hold(runtime: Pick<Runtime, 'hold'>): Stop {
  return runtime.hold?.() ?? ignore;
}

/** Settles as `work` does. The process is kept alive until then unless `keepAlive` is false. */
export async function holdFor<T>(
  runtime: Pick<Runtime, 'hold'>,
  keepAlive: KeepAlive,
  work: Promise<T>,
): Promise<T> {
  if (!keepAlive) return work;
  const release = hold(runtime);
  try {
    return await work;
  } finally {
    release();
  }
}
