import type { ByeMessage, HelloMessage } from './messages.ts';

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
  /** Changes of this channel are waited for, from now on. */
  attend(channel: string): void;
  hear(message: HelloMessage | ByeMessage): void;
  /** From now on this context is found by nobody, until it resumes. */
  suspend(): void;
  /** Resolves when others can find this context again. */
  resume(): Promise<void>;
  close(): void;
}
