import { openWire } from '../../platform/open-wire.ts';

const HINT_VERSION = 1;
const MAX_CHANNELS = 1_000;

/** What goes over the wire: *look again at these channels*. */
interface Hint {
  readonly ackline: typeof HINT_VERSION;
  readonly channels: readonly string[];
}

/**
 * Carries hints to the other contexts of the origin, over a BroadcastChannel. Anyone may post there: what is not
 * a hint of a version that we know is ignored and told to `onForeign`, never thrown.
 */
export class HintWire {
  readonly #name: string;
  readonly #onHint: (channels: readonly string[]) => void;
  readonly #onForeign: () => void;
  readonly #unsent = new Set<string>();
  #wire: BroadcastChannel | undefined;

  constructor(name: string, onHint: (channels: readonly string[]) => void, onForeign: () => void) {
    this.#name = name;
    this.#onHint = onHint;
    this.#onForeign = onForeign;
  }

  open(): void {
    if (this.#wire) return;
    // Contexts without one go by their polls.
    this.#wire = openWire(this.#name);
    this.#wire?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const channels = channelsOf(data);
      if (channels) this.#onHint(channels);
      else this.#onForeign();
    });
  }

  /** One message for everything that was committed together, whoever published it. */
  post(channels: readonly string[]): void {
    if (this.#unsent.size === 0) queueMicrotask(() => this.#send());
    for (const channel of channels) this.#unsent.add(channel);
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
      this.#wire?.postMessage(hintOf(channels.slice(from, from + MAX_CHANNELS)));
  }
}

function hintOf(channels: readonly string[]): Hint {
  return { ackline: HINT_VERSION, channels };
}

/** Reads a hint that may be anything; own data properties only, so that nothing of the sender's runs. */
function channelsOf(data: unknown): readonly string[] | undefined {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'ackline'))
    return undefined;
  const { ackline, channels } = data as Partial<Hint>;
  const isHint =
    ackline === HINT_VERSION &&
    Array.isArray(channels) &&
    channels.length <= MAX_CHANNELS &&
    channels.every((channel) => typeof channel === 'string');
  return isHint ? channels : undefined;
}
