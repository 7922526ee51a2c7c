import { ignore } from '../../../core/runtime/ignore.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';

/** Calls `run` at the first call only. */
export function once(run: () => void): Stop {
  let next = run;
  return () => {
    const current = next;
    next = ignore;
    current();
  };
}
