import type { Stop } from '../../../core/runtime/runtime.ts';
import type { MaybePromise } from '../../../queue/event-store.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';

/**
 * Knows which contexts are members of a channel. The answer decides only for which members a publisher waits: events go
 * to all contexts. A roster reports the channels whose members may have changed to the context that made it.
 */
export interface Roster {
  /** Makes this context a member of `channel`. Resolves when other contexts can find it. Never rejects. */
  join(channel: string): Promise<void>;
  leave(channel: string): void;
  /** The ids of the other members. Never rejects. */
  others(channel: string): Promise<string[]>;
  /** Reports changes of this channel until the returned function is called. A channel is watched once at a time. */
  watch(channel: string): Stop;
  receive(message: HelloMessage | ByeMessage): void;
  /** No other context finds this one any more, until {@link resume} or until it joins a channel. */
  suspend(): void;
  /** Resolves when other contexts can find this one again. */
  resume(): Promise<void>;
  /** Resolves when no other context finds this one any more, as far as that can be known. */
  close(): MaybePromise<void>;
}
