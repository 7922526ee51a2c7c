import { type Check, isArrayOf, isShaped } from '../../../core/options/shape-checks.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import { openWire } from '../../../platform/open-wire.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import { isText } from '../schema/row-checks.ts';
import type { ScanReport } from './idle-scans.ts';

const HINT_VERSION = 1;
const MAX_CHANNELS = 1_000;

/** How many channels a context that is alone keeps the names of. */
const MAX_WITHHELD = 64;

/** How long a BroadcastChannel that keeps its process alive stays open after its last use. */
const CLOSED_AFTER_MS = 250;

/** A message to the other contexts. Without an optional field it means that the channels may have new events. */
export interface Hint {
  readonly ackline: typeof HINT_VERSION;
  readonly channels: readonly string[];
  /** Sent by earlier versions: a scan of these channels found nothing. */
  readonly nothing?: number | undefined;
  /**
   * What a scan of the database has found, by rows of this version. Such a message names no channels: earlier versions
   * read it as a hint without channels.
   */
  readonly scan?: (ScanReport & { readonly version: number }) | undefined;
  /** The sender competes with another context for events of these channels. Earlier versions read it as a hint. */
  readonly rivals?: true | undefined;
  /** The sender asks for a message at the next change of these channels, see change-feed.ts. Such a message names no channels. */
  readonly watched?: readonly string[] | undefined;
  /** The sender has changed these channels, and was asked for this message, which names no channels. */
  readonly changed?: readonly string[] | undefined;
  /** Every context must read again before it decides anything, see read-locks.ts. Such a message names no channels. */
  readonly reread?: true | undefined;
}

export interface HintChannelOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Whether every context that opened its channel before this one has closed it. */
  readonly isFirst: () => boolean;
  /** Whether a consumer of this context waits. */
  readonly isNeeded: () => boolean;
  /** The channel listens from now on. */
  readonly onOpen: () => void;
  readonly onClose: () => void;
  /** Undefined if the message is no hint of a known version. */
  readonly onHint: (hint: Hint | undefined) => void;
}

/**
 * Carries hints between the contexts of the origin, over a BroadcastChannel. Every script of the origin can post there, so
 * each message is checked.
 *
 * A post takes a tenth of the time of a publish. So a context that is alone posts nothing. Each context posts an empty hint
 * when it has opened its channel and requested its place in the line. The first context of the line is alone while it has
 * received nothing. The hint of a new context may be on its way for a while, and that context may already have scanned. So
 * a context that is alone keeps the names of the last channels whose hints it withholds. It posts them once it receives a
 * message.
 *
 * The channel is `closed`, `open` or `suspended`. The first post and the first wait open it. It closes when it is
 * suspended. Where an open BroadcastChannel keeps the process alive, it also closes once no consumer waits and nothing was
 * posted for a moment. It is suspended at first. A suspended channel opens only by `resume`.
 */
export class HintChannel {
  readonly #options: HintChannelOptions;
  readonly #unsent = new Set<string>();
  /** The channels of the last hints that were not posted. */
  #withheld: readonly string[] = [];
  #state: 'closed' | 'open' | 'suspended' = 'suspended';
  /** Absent in the state `open` too if the platform has no BroadcastChannel. The contexts then rely on their polls. */
  #wire: ReturnType<typeof openWire>;
  /** Whether any message has come since the channel was opened. */
  #hasReceived = false;
  /** Whether it was used since the timer was set. */
  #isUsed = false;
  #stopTimer: Stop | undefined;

  constructor(options: HintChannelOptions) {
    this.#options = options;
  }

  /** Whether messages reach other contexts. False while it is closed or suspended. */
  get hasWire(): boolean {
    return this.#wire !== undefined;
  }

  open(): void {
    if (this.#state !== 'closed') return;
    const { name, onHint, onOpen } = this.#options;
    this.#state = 'open';
    this.#hasReceived = false;
    this.#wire = openWire(name);
    this.#wire?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#hasReceived = true;
      this.post(this.#withheld);
      this.#withheld = [];
      onHint(isHint(data) ? (data as Hint) : undefined);
    });
    // The context that is first in the line must be listening before it is first.
    onOpen();
    this.postNow({});
    this.closeWhenUnused();
  }

  /** Opens it, and keeps it open for a moment. */
  use(): void {
    this.open();
    this.#isUsed = true;
  }

  /** Sends one message for all channels that are posted in the same microtask. */
  post(channels: readonly string[]): void {
    if (this.#unsent.size === 0) void Promise.resolve().then(() => this.#send());
    for (const channel of channels) this.#unsent.add(channel);
  }

  /** Sends one message at once. Without any field it only shows the other contexts that this context exists. */
  postNow(fields: Partial<Hint>): void {
    this.use();
    const hint: Hint = { ackline: HINT_VERSION, channels: [], ...fields };
    if (this.#hasReceived || !this.#options.isFirst()) this.#wire?.postMessage(hint);
    else this.#withheld = this.#withheld.concat(hint.channels).slice(-MAX_WITHHELD);
  }

  /** Sets the timer that closes an unused channel, where an open one would keep the process alive. */
  closeWhenUnused(): void {
    if (!this.#wire?.keepsProcess || this.#stopTimer) return;
    this.#isUsed = false;
    this.#stopTimer = this.#options.clock.after(CLOSED_AFTER_MS, () => {
      this.#stopTimer = undefined;
      if (this.#isUsed) this.closeWhenUnused();
      else if (!this.#options.isNeeded()) this.#close();
    });
  }

  /** Sends the pending hints, and closes the channel. */
  suspend(): void {
    this.#send();
    if (this.#state === 'open') this.#close();
    this.#state = 'suspended';
  }

  resume(): void {
    if (this.#state === 'suspended') this.#state = 'closed';
    this.open();
  }

  #close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#state = 'closed';
    this.#wire?.close();
    this.#wire = undefined;
    this.#options.onClose();
  }

  #send(): void {
    const channels = [...this.#unsent];
    this.#unsent.clear();
    for (let from = 0; from < channels.length; from += MAX_CHANNELS)
      this.postNow({ channels: channels.slice(from, from + MAX_CHANNELS) });
  }
}

function isUnsetOr(check: Check): Check {
  return (value) => value === undefined || check(value);
}

const isNumber: Check = (value) => typeof value === 'number';
const isTrue: Check = (value) => value === true;

/** Checks a message of any kind. It reads own data properties only, so that no code of the sender runs. */
const isHint = isShaped({
  ackline: (version) => version === HINT_VERSION,
  channels: isArrayOf(isText, MAX_CHANNELS),
  nothing: isUnsetOr(isNumber),
  rivals: isUnsetOr(isTrue),
  reread: isUnsetOr(isTrue),
  watched: isUnsetOr(isArrayOf(isText, MAX_CHANNELS)),
  changed: isUnsetOr(isArrayOf(isText, MAX_CHANNELS)),
  scan: isUnsetOr(
    isShaped({
      version: isNumber,
      nextSeq: isNumber,
      firstDueAt: isArrayOf(Array.isArray, MAX_CHANNELS),
    }),
  ),
});
