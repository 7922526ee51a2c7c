import { openWire } from '../../../platform/open-wire.ts';
import { ROW_VERSION } from '../schema/schema.ts';
import type { ScanReport } from './idle-scans.ts';

const HINT_VERSION = 1;
const MAX_CHANNELS = 1_000;

/** What goes over the wire: *look again at these channels*. */
export interface Hint {
  readonly ackline: typeof HINT_VERSION;
  readonly channels: readonly string[];
  /** Sent by earlier versions: *I have looked at them, and there is nothing*. */
  readonly nothing?: number | undefined;
  /**
   * Rather: *I have scanned the database, and this is what there is*, as far as a context sees that can read rows of
   * this version. It names no channels: earlier versions take it for a hint of none.
   */
  readonly scan?: (ScanReport & { readonly version: number }) | undefined;
  /** Rather: *I claim from them, and so does one of you*. To be taken for a hint does no harm. */
  readonly rivals?: true | undefined;
  /** Rather, and with no channels: *read again before you decide anything*, see read-locks.ts. */
  readonly reread?: true | undefined;
}

/**
 * Carries hints to the other contexts of the origin, over a BroadcastChannel. Anyone may post there: what is not
 * a hint of a version that we know is told as undefined, never thrown.
 *
 * To post one takes a tenth of a publish, so who is alone posts none. Whoever opens a wire posts something: the first,
 * while it hears nobody, is alone.
 */
export class HintChannel {
  readonly #name: string;
  readonly #isFirst: () => boolean;
  readonly #hear: (hint: Hint | undefined) => void;
  readonly #unsent = new Set<string>();
  #wire: BroadcastChannel | undefined;
  /** Whether anybody has posted anything since this was opened. */
  #hasHeard = false;

  /** `isFirst`: whether all who came before have gone. */
  constructor(name: string, isFirst: () => boolean, hear: (hint: Hint | undefined) => void) {
    this.#name = name;
    this.#isFirst = isFirst;
    this.#hear = hear;
  }

  open(): void {
    if (this.#wire) return;
    // Contexts without one go by their polls.
    this.#wire = openWire(this.#name);
    this.#hasHeard = false;
    this.#wire?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#hasHeard = true;
      this.#hear(hintOf(data));
    });
  }

  /** To be called when this context stands in line, and not before: so whoever is first was there to hear it. */
  sayHello(): void {
    this.#post([]);
  }

  /** One message for everything that was committed together, whoever published it. */
  post(channels: readonly string[]): void {
    if (this.#unsent.size === 0) void Promise.resolve().then(() => this.#send());
    for (const channel of channels) this.#unsent.add(channel);
  }

  postScan(report: ScanReport): void {
    this.#post([], { scan: { ...report, version: ROW_VERSION } });
  }

  /** Others claim from this one. */
  postRivals(channel: string): void {
    this.#post([channel], { rivals: true });
  }

  /** All others are to read again before they decide anything. */
  postReread(): void {
    this.#post([], { reread: true });
  }

  /** Sends what is unsent, and hears nothing from now on. */
  close(): void {
    this.#send();
    this.#wire?.close();
    this.#wire = undefined;
  }

  #send(): void {
    const channels = [...this.#unsent];
    this.#unsent.clear();
    for (let from = 0; from < channels.length; from += MAX_CHANNELS)
      this.#post(channels.slice(from, from + MAX_CHANNELS));
  }

  #post(channels: readonly string[], told?: Partial<Hint>): void {
    const hint: Hint = { ackline: HINT_VERSION, channels, ...told };
    if (this.#hasHeard || !this.#isFirst()) this.#wire?.postMessage(hint);
  }
}

/** Reads a hint that may be anything; own data properties only, so that nothing of the sender's runs. */
function hintOf(data: unknown): Hint | undefined {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'ackline'))
    return undefined;
  const { ackline, channels, nothing, rivals, scan, reread } = data as Partial<Hint>;
  const isHint =
    ackline === HINT_VERSION &&
    Array.isArray(channels) &&
    channels.length <= MAX_CHANNELS &&
    channels.every((channel) => typeof channel === 'string') &&
    (nothing === undefined || typeof nothing === 'number') &&
    (rivals === undefined || rivals === true) &&
    (reread === undefined || reread === true) &&
    (scan === undefined || isScan(scan));
  return isHint ? (data as Hint) : undefined;
}

function isScan(scan: Partial<Hint['scan']>): boolean {
  const { version, nextSeq, firstDueAt } = Object(scan) as Partial<NonNullable<Hint['scan']>>;
  return (
    typeof version === 'number' &&
    typeof nextSeq === 'number' &&
    Array.isArray(firstDueAt) &&
    firstDueAt.length <= MAX_CHANNELS &&
    firstDueAt.every((entry) => Array.isArray(entry))
  );
}
