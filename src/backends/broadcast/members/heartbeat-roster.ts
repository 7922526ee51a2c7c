import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type { ByeMessage, HelloMessage } from '../wire/messages.ts';
import type { Roster } from './roster.ts';

/** The time that other contexts have to answer a first hello. */
const HELLO_ANSWER_MS = 100;
const HEARTBEAT_MS = 1_000;
/**
 * A member that sends nothing during this number of heartbeats is gone. The heartbeats of this context count, not time,
 * because a context that was frozen cannot have received any.
 */
const MAX_SILENT_HEARTBEATS = 3;
/** Bounds the memory that forged names can fill. */
const MAX_PEERS = 1_000;

interface Peer {
  readonly channels: readonly string[];
  /** Heartbeats of this context since the last message of the peer. */
  silentHeartbeats: number;
}

/**
 * Finds members by messages, where there are no Web Locks: hello, goodbye, and heartbeats. A crash is noticed after
 * {@link MAX_SILENT_HEARTBEATS}.
 *
 * States: new, before the first hello and after {@link suspend}; begun, from the first hello on. While a peer is known,
 * this context sends heartbeats.
 */
export class HeartbeatRoster implements Roster {
  readonly #runtime: Runtime;
  readonly #sayHello: (asks: boolean) => void;
  readonly #onChange: (channels: Iterable<string>) => void;
  readonly #peers = new Map<string, Peer>();
  /** Set by the first hello. Resolves when the peers have had the time to answer. */
  #answered: Promise<void> | undefined;
  /** Set while a heartbeat is planned. */
  #stopHeartbeat: Stop | undefined;

  /** `sayHello` sends a hello of this context. With `asks`, the other contexts answer with theirs. */
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
    // The goodbye informs the others.
  }

  async others(channel: string): Promise<string[]> {
    await this.#begin();
    return [...this.#peers]
      .filter(([, { channels }]) => channels.includes(channel))
      .map(([memberId]) => memberId);
  }

  watch(): Stop {
    void this.#begin();
    return () => undefined;
  }

  receive(message: HelloMessage | ByeMessage): void {
    const before = this.#peers.get(message.from)?.channels ?? [];
    const channels =
      message.kind === 'hello'
        ? message.channels
        : before.filter((channel) => !message.channels.includes(channel));
    this.#peers.delete(message.from);
    if (this.#peers.size < MAX_PEERS)
      this.#peers.set(message.from, { channels, silentHeartbeats: 0 });
    if (message.kind === 'hello' && message.asks) this.#sayHello(false);
    this.#planHeartbeat();
    if (String(before) !== String(channels)) this.#onChange(new Set([...before, ...channels]));
  }

  suspend(): void {
    this.#stopHeartbeat?.();
    this.#stopHeartbeat = undefined;
    this.#answered = undefined;
    this.#peers.clear();
  }

  async resume(): Promise<void> {
    void this.#begin();
  }

  close(): void {
    this.suspend();
  }

  /** Resolves when the peers have had the time to answer the first hello. */
  #begin(): Promise<void> {
    if (this.#answered === undefined) {
      this.#answered = new Promise((resolve) => {
        answerTimeout(this.#runtime, HELLO_ANSWER_MS, resolve);
      });
      this.#sayHello(true);
    }
    return this.#answered;
  }

  #planHeartbeat(): void {
    this.#stopHeartbeat ??= this.#runtime.after(HEARTBEAT_MS, () => {
      this.#stopHeartbeat = undefined;
      this.#removeSilent();
      // A context that comes later sends a hello.
      if (this.#peers.size === 0) return;
      this.#sayHello(false);
      this.#planHeartbeat();
    });
  }

  #removeSilent(): void {
    for (const [memberId, peer] of [...this.#peers]) {
      peer.silentHeartbeats += 1;
      if (peer.silentHeartbeats <= MAX_SILENT_HEARTBEATS) continue;
      this.#peers.delete(memberId);
      this.#onChange(peer.channels);
    }
  }
}
