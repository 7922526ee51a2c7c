import { pause } from '../../core/pause.ts';
import type { Runtime, Stop } from '../../core/runtime.ts';
import type { ByeMessage, HelloMessage } from './messages.ts';
import type { Roster } from './roster.ts';

/** How long others have to answer a first hello. */
const ANSWER_MS = 100;
const BEAT_MS = 1_000;
/** Who is not heard for so long is gone. */
const SILENCE_MS = 3 * BEAT_MS;
/** Whoever floods the wire with names cannot fill the memory. */
const MAX_PEERS = 1_000;

interface Peer {
  readonly channels: readonly string[];
  readonly heardAt: number;
}

/**
 * Members by what they say, where there are no Web Locks: hello, goodbye, and a heartbeat by which a crash is noticed
 * after {@link SILENCE_MS}.
 */
export class HelloRoster implements Roster {
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

  attend(): void {
    void this.#begin();
  }

  hear(message: HelloMessage | ByeMessage): void {
    const before = this.#peers.get(message.from)?.channels ?? [];
    const heardAt = this.#runtime.now();
    const channels =
      message.kind === 'hello'
        ? message.channels
        : before.filter((channel) => !message.channels.includes(channel));
    this.#peers.delete(message.from);
    if (this.#peers.size < MAX_PEERS) this.#peers.set(message.from, { channels, heardAt });
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
      this.#answered = pause(this.#runtime, ANSWER_MS);
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
    const now = this.#runtime.now();
    for (const [memberId, { channels, heardAt }] of [...this.#peers]) {
      if (Math.abs(now - heardAt) < SILENCE_MS) continue;
      this.#peers.delete(memberId);
      this.#onChange(channels);
    }
  }
}
