import type { ObserverEvent } from '../../core/observer.ts';
import type { Stop } from '../../core/runtime.ts';
import { LocalNotifier, type Notifier } from '../../queue/notifier.ts';

const HINT_VERSION = 1;
const MAX_CHANNELS = 1_000;

/** What goes over the wire: *look again at these channels*. */
interface Hint {
  readonly ackline: typeof HINT_VERSION;
  readonly channels: readonly string[];
}

/**
 * Hints to all contexts of the origin, over a BroadcastChannel of the database's name. Anyone may post there:
 * what is not a hint of a version that we know is ignored and reported, never thrown.
 */
export class HintNotifier implements Notifier {
  readonly #local = new LocalNotifier();
  readonly #wire: BroadcastChannel | undefined;
  readonly #unsent = new Set<string>();
  readonly #report: (event: ObserverEvent) => void;

  constructor(database: string, report: (event: ObserverEvent) => void) {
    this.#report = report;
    this.#wire = openWire(`ackline:${database}`);
    this.#wire?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const channels = channelsOf(data);
      if (channels) this.#local.notify(channels);
      else this.#report({ type: 'hint-ignored', reason: 'not a hint of a known version' });
    });
  }

  notify(channels: Iterable<string>): void {
    const names = [...channels];
    this.#local.notify(names);
    if (this.#unsent.size === 0) queueMicrotask(() => this.#send());
    for (const name of names) this.#unsent.add(name);
  }

  subscribe(channel: string, wake: () => void): Stop {
    return this.#local.subscribe(channel, wake);
  }

  close(): void {
    this.#send();
    this.#wire?.close();
  }

  /** One message for everything that was committed together, whoever published it. */
  #send(): void {
    const names = [...this.#unsent];
    this.#unsent.clear();
    try {
      for (let from = 0; from < names.length; from += MAX_CHANNELS)
        this.#wire?.postMessage(hintOf(names.slice(from, from + MAX_CHANNELS)));
    } catch {
      // Closed by a shutdown meanwhile. Whoever misses the hint finds the event at his next poll.
    }
  }
}

function hintOf(channels: readonly string[]): Hint {
  return { ackline: HINT_VERSION, channels };
}

/** Contexts without BroadcastChannel, or whose origin may not use it, go by their polls. */
function openWire(name: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  try {
    const wire = new BroadcastChannel(name);
    // Only Node's keeps a process alive.
    (wire as { unref?(): void }).unref?.();
    return wire;
  } catch {
    // As above.
    return undefined;
  }
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
