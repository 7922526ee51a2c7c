import type { Stop } from '../../../core/runtime.ts';
import type { MaybePromise } from '../../../queue/event-store.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';

/**
 * Tells who receives the events of a channel. It decides whom a publisher waits for, and nothing else: nobody gains by
 * being told of. Its maker is told of channels whose members may be others than before.
 */
export interface Roster {
  /** This context is a member of `channel`; resolves when others can find it. Never rejects. */
  join(channel: string): Promise<void>;
  leave(channel: string): void;
  /** The ids of the other members. Never rejects. */
  others(channel: string): Promise<string[]>;
  /** Changes of this channel are waited for, until what it returns was called; never twice at a time. */
  attend(channel: string): Stop;
  hear(message: HelloMessage | ByeMessage): void;
  /** From now on this context is found by nobody, until it resumes. */
  suspend(): void;
  /** Resolves when others can find this context again. */
  resume(): Promise<void>;
  /** Resolves when others do not find this context any more, as far as that can be known. */
  close(): MaybePromise<void>;
}
