import type { EventMessage } from './message.ts';
import { elapsedMs, type Runtime } from './runtime.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** How a decorated backend claims events, of which some reach no consumer. */
export interface FittingClaim {
  readonly runtime: Runtime;
  readonly signal: AbortSignalLike | undefined;
  readonly claim: (waitMs: number) => Promise<EventMessage[]>;
  /** The message as a consumer receives it. Undefined if none does: the event is then settled. Never rejects. */
  readonly present: (message: EventMessage) => Promise<EventMessage | undefined>;
}

type AbortSignalLike = Parameters<typeof throwIfAborted>[0];

/** Claims until an event fits, or the claim returns nothing. */
export async function claimFitting(
  { runtime, signal, claim, present }: FittingClaim,
  waitMs: number,
): Promise<EventMessage[]> {
  const endsAt = elapsedMs(runtime) + waitMs;
  for (let leftMs = waitMs; ; leftMs = Math.max(0, Math.ceil(endsAt - elapsedMs(runtime)))) {
    const messages = await claim(leftMs);
    const presented = await Promise.all(messages.map(present));
    const fitting = presented.filter((message) => message !== undefined);
    if (fitting.length > 0 || messages.length === 0) return fitting;
    throwIfAborted(signal);
  }
}
