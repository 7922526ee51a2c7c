import { nanoid } from 'nanoid';
import type { Runtime, Stop } from './runtime.ts';

/** Longer timers fire at once: {@link https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers}, a signed 32-bit count. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const ID_LENGTH = 21;
let reserve = '';

/** Many at a time: asking the platform for random bytes costs more than an id of them, and as much for few as for many. */
function randomId(): string {
  if (reserve === '') reserve = nanoid(16 * ID_LENGTH);
  const id = reserve.slice(0, ID_LENGTH);
  reserve = reserve.slice(ID_LENGTH);
  return id;
}

function after(ms: number, run: () => void): Stop {
  const dueAt = Date.now() + ms;
  let timer: ReturnType<typeof setTimeout>;
  const arm = (leftMs: number) => {
    timer = setTimeout(
      () => {
        const stillMs = ms > LONGEST_TIMER_MS ? dueAt - Date.now() : 0;
        if (stillMs > 0) arm(stillMs);
        else run();
      },
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
    // Only Node's timers hold a process open, and only they have `unref`.
    if (typeof timer === 'object') (timer as { unref?(): void }).unref?.();
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** The wall clock, the platform's timers, `nanoid` ids, `Math.random`. The default everywhere. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  after,
  randomId,
  random: () => Math.random(),
};
