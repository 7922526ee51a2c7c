import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { Wire } from '../wire/message-wire.ts';
import type { Message } from '../wire/messages.ts';
import type { QueryableLocks } from './lock-roster.ts';

export interface MembershipOptions {
  readonly runtime: Runtime;
  /** Contexts that give the same name exchange events. */
  readonly name: string;
  readonly locks: QueryableLocks | undefined;
  readonly openWire: (name: string) => Wire | undefined;
  readonly keepAlive: boolean;
}

export interface MembershipListener {
  /** A call has opened the wire: for the first time, or after it was idle. */
  onOpen(): void;
  onMessage(message: Message): void;
  /** A message came that this context could not read. It may have carried events. */
  onUndecodable(): void;
  onJoin(channel: string): void;
  onLeave(channel: string): void;
  /** This context has announced that it joined, and other contexts can find it. `others` are the other members. */
  onJoined(channel: string, others: readonly string[]): void;
}
