import { nanoid } from 'nanoid';
import type { Runtime, Stop } from './runtime.ts';

/** Longer timers fire at once: {@link https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers}, a signed 32-bit count. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The default length of `nanoid`. */
const ID_LENGTH = 21;

let reserve = '';
let reserveEnd = 0;

/** Makes 16 ids at a time, because one call for random bytes takes longer than making an id from them. */
function randomId(): string {
  if (reserveEnd === 0) {
    reserve = nanoid(16 * ID_LENGTH);
    reserveEnd = reserve.length;
  }
  const end = reserveEnd;
  reserveEnd -= ID_LENGTH;
  return reserve.slice(reserveEnd, end);
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
      // Node warns of a negative time, which is due already.
      Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS),
    );
    // Only Node's timers hold a process open, and only they have `unref`.
    if (typeof timer === 'object') (timer as { unref?(): void }).unref?.();
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** A port of a MessageChannel. Only Node's ports have `ref`. */
interface HoldingPort {
  ref?(): void;
  unref?(): void;
}

let holdCount = 0;
/** The whole channel is kept, because the port closes when the other port is collected. */
let holding: { readonly port1: HoldingPort | MessagePort } | undefined;

/**
 * Holds the process by a message port that receives nothing. That costs less than a timer, and fake timers do not replace it.
 */
function hold(): Stop {
  holding ??= typeof MessageChannel === 'undefined' ? { port1: {} } : new MessageChannel();
  const port = holding.port1 as HoldingPort;
  if (holdCount === 0) port.ref?.();
  holdCount += 1;
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    holdCount -= 1;
    if (holdCount === 0) port.unref?.();
  };
}

/**
 * The wall clock, the platform's timers, `nanoid` ids, `Math.random`. The default everywhere.
 *
 * @example
 * const runtime = { ...systemRuntime, random: () => 0.5 }; // back-off without chance
 * const events = new EventChannel({ backend: memoryBackend({ runtime }) });
 */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after,
  hold,
  randomId,
  random: () => Math.random(),
};
