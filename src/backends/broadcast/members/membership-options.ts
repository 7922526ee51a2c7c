import type { Runtime } from '../../../core/runtime.ts';
import type { Wire } from '../wire/message-wire.ts';
import type { Message } from '../wire/messages.ts';
import type { QueryableLocks } from './lock-roster.ts';

export interface MembershipOptions {
  readonly runtime: Runtime;
  /** The name that contexts share to exchange events. */
  readonly name: string;
  readonly locks: QueryableLocks | undefined;
  readonly openWire: (name: string) => Wire | undefined;
  readonly keepAlive: boolean;
}

export interface MembershipListener {
  readonly onMessage: (message: Message) => void;
  /** Events may have come that this context could not read. */
  readonly onUndecodable: () => void;
  readonly onJoin: (channel: string) => void;
  readonly onLeave: (channel: string) => void;
  /** Others can find this context now, and were told that it joined; `others` are there. */
  readonly onJoined: (channel: string, others: readonly string[]) => void;
}
