import type { ObserverEvent } from '../../../core/reports/observer.ts';
import type { IdleScans } from './idle-scans.ts';

/** The part of one channel's state that hints change. */
export interface HintReceiver {
  /** The state may be out of date. */
  invalidate(): void;
  /** Another context has published to the channel, or an event waits again. Called also while no consumer waits. */
  noteHint(): void;
  /** Another context has lost a claim, perhaps to this one. */
  noteContention(): void;
}

/** The part of the store that hints concern. */
export interface HintListener {
  readonly scans: IdleScans;
  /** Undefined if this context has no state of the channel. */
  receiverOf(channel: string): HintReceiver | undefined;
  /** The last consumer of a channel has stopped waiting. */
  trim(): void;
  report(event: ObserverEvent): void;
}
