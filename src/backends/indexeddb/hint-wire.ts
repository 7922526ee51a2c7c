import { openWire } from '../../platform/open-wire.ts';
import { ROW_VERSION } from './schema.ts';

const HINT_VERSION = 1;
const MAX_CHANNELS = 1_000;

/** What goes over the wire: *look again at these channels*. */
interface Hint {
  readonly ackline: typeof HINT_VERSION;
  readonly channels: readonly string[];
}

/** Or: *I have looked at this one, and there was nothing*. */
interface Nothing {
  readonly ackline: typeof HINT_VERSION;
  readonly nothing: string;
  /** Of the rows that the sender can read: others it cannot see. */
  readonly rows: number;
}

export interface WireListener {
  onHint(channels: readonly string[]): void;
  onNothing(channel: string): void;
  /** What came is no message of a version that we know. */
  onForeign(): void;
}

/**
 * Carries hints to the other contexts of the origin, over a BroadcastChannel. Anyone may post there: what is not
 * of a version that we know is ignored and told to `onForeign`, never thrown.
 */
export class HintWire {
  readonly #name: string;
  readonly #listener: WireListener;
  readonly #unsent = new Set<string>();
  #wire: BroadcastChannel | undefined;

  constructor(name: string, listener: WireListener) {
    this.#name = name;
    this.#listener = listener;
  }

  open(): void {
    if (this.#wire) return;
    // Contexts without one go by their polls.
    this.#wire = openWire(this.#name);
    this.#wire?.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
      tell(data, this.#listener),
    );
  }

  /** One message for everything that was committed together, whoever published it. */
  post(channels: readonly string[]): void {
    if (this.#unsent.size === 0) queueMicrotask(() => this.#send());
    for (const channel of channels) this.#unsent.add(channel);
  }

  postNothing(channel: string): void {
    const message: Nothing = { ackline: HINT_VERSION, nothing: channel, rows: ROW_VERSION };
    this.#wire?.postMessage(message);
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

/** Reads a message that may be anything; own data properties only, so that nothing of the sender's runs. */
function tell(data: unknown, listener: WireListener): void {
  const isObject = typeof data === 'object' && data !== null && Object.hasOwn(data, 'ackline');
  const { ackline, channels, nothing, rows } = (isObject ? data : {}) as Partial<Hint & Nothing>;
  if (ackline !== HINT_VERSION) return listener.onForeign();
  if (isListOfChannels(channels)) listener.onHint(channels);
  else if (typeof nothing !== 'string' || typeof rows !== 'number') listener.onForeign();
  else if (rows >= ROW_VERSION) listener.onNothing(nothing);
}

function isListOfChannels(value: unknown): value is readonly string[] {
  const isList = Array.isArray(value) && value.length <= MAX_CHANNELS;
  return isList && value.every((channel) => typeof channel === 'string');
}
