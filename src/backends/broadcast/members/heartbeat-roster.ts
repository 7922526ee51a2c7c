import type { Runtime, Stop } from '../../../core/runtime.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';
import { afterListening } from './after-listening.ts';
import type { Roster } from './roster.ts';

/** How long others have to answer a first hello. */
const HELLO_ANSWER_MS = 100;
const BEAT_MS = 1_000;
/** A member that is not heard for so many heartbeats of this context is gone. They are counted, because no time passes for a context that stands still. */
const MOST_SILENT_BEATS = 3;
/** Whoever floods the wire with names cannot fill the memory. */
const MAX_PEERS = 1_000;

interface Peer {
  readonly channels: readonly string[];
  /** How many of this context's heartbeats there were since it was heard. */
  silentBeats: number;
}

/**
 * Members by what they say, where there are no Web Locks: hello, goodbye, and a heartbeat by which a crash is noticed
 * after {@link MOST_SILENT_BEATS} and a moment.
 */
export class HeartbeatRoster implements Roster {
  readonly #runtime: Runtime;
  readonly #sayHello: (asks: boolean) => void;
  readonly #onChange: (channels: Iterable<string>) => void;
  readonly #peers = new Map<string, Peer>();
  #answered: Promise<void> | undefined;
  /** Set while somebody else is there. */
  #stopBeat: Stop | undefined;

  /** `sayHello` posts a hello of this context; it `asks` others for theirs. */
  constructor(
    runtime: Runtime,
    sayHello: (asks: boolean) => void,
    onChange: (channels: Iterable<string>) => void,
  ) {
    this.#runtime = runtime;
    this.#sayHello = sayHello;
    this.#onChange = onChange;
  }

  async join(): Promise<void> {
    void this.#begin();
  }

  leave(): void {
    // The goodbye tells.
  }

  async others(channel: string): Promise<string[]> {
    await this.#begin();
    return [...this.#peers]
      .filter(([, { channels }]) => channels.includes(channel))
      .map(([memberId]) => memberId);
  }

  attend(): Stop {
    void this.#begin();
    return () => undefined;
  }

  hear(message: HelloMessage | ByeMessage): void {
    const before = this.#peers.get(message.from)?.channels ?? [];
    const channels =
      message.kind === 'hello'
        ? message.channels
        : before.filter((channel) => !message.channels.includes(channel));
    this.#peers.delete(message.from);
    if (this.#peers.size < MAX_PEERS) this.#peers.set(message.from, { channels, silentBeats: 0 });
    if (message.kind === 'hello' && message.asks) this.#sayHello(false);
    this.#planBeat();
    if (String(before) !== String(channels)) this.#onChange(new Set([...before, ...channels]));
  }

  suspend(): void {
    this.#stopBeat?.();
    this.#stopBeat = undefined;
    this.#answered = undefined;
    this.#peers.clear();
  }

  async resume(): Promise<void> {
    void this.#begin();
  }

  close(): void {
    this.suspend();
  }

  /** Resolves when those who are there have had time to say so. */
  #begin(): Promise<void> {
    if (this.#answered === undefined) {
      this.#answered = new Promise((resolve) => {
        afterListening(this.#runtime, HELLO_ANSWER_MS, resolve);
      });
      this.#sayHello(true);
    }
    return this.#answered;
  }

  #planBeat(): void {
    this.#stopBeat ??= this.#runtime.after(BEAT_MS, () => {
      this.#stopBeat = undefined;
      this.#forgetSilent();
      // Whoever comes to one who is alone says so himself.
      if (this.#peers.size === 0) return;
      this.#sayHello(false);
      this.#planBeat();
    });
  }

  #forgetSilent(): void {
    for (const [memberId, peer] of [...this.#peers]) {
      peer.silentBeats += 1;
      if (peer.silentBeats <= MOST_SILENT_BEATS) continue;
      this.#peers.delete(memberId);
      this.#onChange(peer.channels);
    }
  }
}
