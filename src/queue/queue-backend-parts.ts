import type { Capabilities } from '../core/protocols/capability.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Clock } from './claim-waiter.ts';
import type { EventStore } from './event-store.ts';
import type { Isolation } from './isolation.ts';
import type { Notifier } from './notifier.ts';
import type { RunLetters } from './run-letters.ts';

export interface QueueBackendParts {
  readonly backendName: string;
  readonly store: EventStore;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
  /** Times the waits of consumers. Default: `runtime`. */
  readonly clock?: Clock;
  /** How payloads are copied. Default: `clone`. */
  readonly isolation?: Isolation | undefined;
  /** The capabilities of the store. Default: {@link RETRYING_CAPABILITIES}. */
  readonly capabilities?: Capabilities;
  /** Runs `redrive` and `purge`. Needed where `capabilities` has them. */
  readonly runLetters?: RunLetters | undefined;
  /** Called once, at the start of the first call, so that slow preparations begin early. */
  readonly prepare?: () => void;
}
