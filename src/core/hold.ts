import { ignore } from './ignore.ts';
import type { Runtime, Stop } from './runtime.ts';

/**
 * When a channel keeps a Node process alive. `work`: while a caller waits for an answer, while a handler runs, and while
 * a listener of the process waits for something that is known to come. `true`: also while a listener is idle. `false`: never.
 */
export type KeepAlive = boolean | 'work';

/** Keeps the process alive until the returned function is called, where the runtime can. */
export function hold(runtime: Pick<Runtime, 'hold'>): Stop {
  return runtime.hold?.() ?? ignore;
}

/** What `work` comes to; the process is kept alive until then unless `keepAlive` is false. */
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
