import type { Failure } from '../core/events/death-reason.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import type { OutboxSnapshot, OutboxView } from '../outbox/outbox-store.ts';

/**
 * - `idle`: nothing is being moved.
 * - `moving`: a batch is being published in `to`.
 * - `waiting`: `to` has failed or is full, or an event has failed. It is tried again at `nextAttemptAt`.
 * - `paused`: by `pause()`.
 * - `offline`: by the `connectivity`.
 */
export type ForwardState = 'idle' | 'moving' | 'waiting' | 'paused' | 'offline';

/** What is known of a forwarding. Times are epoch milliseconds. */
export interface ForwardSnapshot {
  readonly state: ForwardState;
  /** The reason of the pause, or null. */
  readonly pauseReason: string | null;
  /** Events that this context has stored in `to`. One whose acknowledgement failed, and which is moved again, counts twice. */
  readonly moved: number;
  /**
   * Events that wait in `from`, also after a failure. The three counts are read while the store has a subscriber. They are null
   * before the first read, and over a backend without the capability `stats`.
   */
  readonly waiting: number | null;
  /** Events that are leased in `from`: any context moves them, or another consumer of the channel handles them. */
  readonly moving: number | null;
  /** Dead letters of the channel in `from`. */
  readonly failed: number | null;
  /** The last failure in this context since the last success, or null. */
  readonly lastError: Failure | null;
  /** When this context tries again after a failure. Null if it does not wait for a time. */
  readonly nextAttemptAt: number | null;
}

/** Shows the status of an outbox that moves events. There is one snapshot for each of the outbox. */
export class ForwardStore {
  readonly #view: OutboxView;
  #moved = 0;
  #shown: { readonly of: OutboxSnapshot; readonly snapshot: ForwardSnapshot } | undefined;

  constructor(view: OutboxView) {
    this.#view = view;
  }

  /** The outbox has a new snapshot when the batch ends. */
  noteMoved(count: number): void {
    this.#moved += count;
  }

  readonly getSnapshot = (): ForwardSnapshot => {
    const of = this.#view.getSnapshot();
    if (this.#shown?.of !== of) this.#shown = { of, snapshot: this.#snapshotOf(of) };
    return this.#shown.snapshot;
  };

  readonly subscribe = (onChange: (snapshot: ForwardSnapshot) => void): Stop =>
    this.#view.subscribe(() => onChange(this.getSnapshot()));

  #snapshotOf({ state, sending, ...others }: OutboxSnapshot): ForwardSnapshot {
    return {
      ...others,
      state: stateOf(state, others.nextAttemptAt),
      moving: sending,
      moved: this.#moved,
    };
  }
}

function stateOf(state: OutboxSnapshot['state'], nextAttemptAt: number | null): ForwardState {
  if (state === 'sending') return 'moving';
  return state === 'idle' && nextAttemptAt !== null ? 'waiting' : state;
}
