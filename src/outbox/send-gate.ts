import { nextDelayMs } from '../core/runtime/backoff.ts';
import { hold } from '../core/runtime/hold.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import type { Probe } from './connectivity.ts';
import type { GateSettings, OutboxState, Phase } from './gate-settings.ts';
import { startProbe } from './start-probe.ts';

/** After more failures in a row than this, an answer cannot ask for less time than the back-off. */
const MOST_TRUSTED_FAILURES = 3;

/** The event that met a failure is due this much later than the others, so that it cannot be the first request each time. */
const AFTER_OTHERS_MS = 100;

/**
 * Decides when requests may start, and how many at the same time.
 *
 * Phases:
 * - `open`: requests start, at most `#width` at the same time. It begins with one and widens by one with each success.
 * - `waiting`: a timer runs. An answer that concerns the whole host, a failed request or probe, and the return of the network
 *   begin it. A later answer can only prolong it. The end of the timer leads to `probing` if the host was unreachable and
 *   there is a probe, otherwise to `open`.
 * - `probing`: one probe runs. It leads to `open` or `waiting`.
 * - `offline`: there is no network. No timer runs. Only the connectivity leads out of it, to `waiting` with a random delay.
 * - `stopped`: for good.
 *
 * `flush` ends `waiting` at once, and checks the connectivity in `offline`. Pauses are independent of the phase: the gate is
 * open if the phase is `open` and no pause is set. Only {@link SendGate.#enter} changes the phase. It ends the timer or probe
 * of the former phase, so a late timer or probe changes nothing.
 */
export class SendGate {
  readonly #runtime: Runtime;
  readonly #settings: GateSettings;
  readonly #onChange: () => void;
  /** Calls when requests start again after the host was unreachable. */
  readonly #onReturn: () => void;
  /** Reasons of the pauses, by who has set them. */
  readonly #pauses = new Map<'page' | 'unauthorized', string>();
  #phase: Phase = { name: 'open' };
  #endPhase: Stop = ignore;
  #width = 1;
  #runningCount = 0;
  #failures = 0;
  /** Aborts the running requests when the network is gone. */
  #cut = new AbortController();

  constructor(
    runtime: Runtime,
    settings: GateSettings,
    onChange: () => void,
    onReturn: () => void,
  ) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#onChange = onChange;
    this.#onReturn = onReturn;
    if (!settings.connectivity.isOnline()) this.#phase = { name: 'offline' };
  }

  /** Requests that may start now. */
  get room(): number {
    return this.isOpen ? this.#width - this.#runningCount : 0;
  }

  get isOpen(): boolean {
    return this.#phase.name === 'open' && this.#pauses.size === 0;
  }

  /** Failures of the host since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Aborts when the network is gone. A new one is made when it is back. */
  get signal(): PlatformAbortSignal {
    return this.#cut.signal;
  }

  get pauseReason(): string | undefined {
    return this.#pauses.get('page') ?? this.#pauses.get('unauthorized');
  }

  /** Whether the outbox waits for an authorization. */
  get isUnauthorized(): boolean {
    return this.#pauses.has('unauthorized');
  }

  get state(): OutboxState {
    const phase = this.#phase;
    if (this.#pauses.size > 0 || phase.name === 'stopped') return 'paused';
    if (phase.name === 'offline' || phase.name === 'probing') return 'offline';
    if (phase.name === 'waiting' && phase.isUnreachable) return 'offline';
    return this.#runningCount > 0 ? 'sending' : 'idle';
  }

  /** The end of the wait in epoch milliseconds, or null if no time is known. */
  get waitsUntil(): number | null {
    return this.#phase.name === 'waiting' ? this.#phase.until : null;
  }

  pause(by: 'page' | 'unauthorized', reason: string): void {
    this.#pauses.set(by, reason);
    this.#onChange();
  }

  /** Ends the pauses, or only that of `by`. */
  resume(by?: 'unauthorized'): void {
    if (by) this.#pauses.delete(by);
    else this.#pauses.clear();
    this.#onChange();
  }

  started(): void {
    this.#runningCount += 1;
    this.#onChange();
  }

  ended(): void {
    this.#runningCount -= 1;
    this.#onChange();
  }

  /** The server took an event, or judged it. In other phases a late answer proves nothing. */
  succeeded(): void {
    if (this.#phase.name !== 'open') return;
    this.#failures = 0;
    this.#width = Math.min(this.#settings.maxConcurrency, this.#width + 1);
  }

  /** The host wants no request for `afterMs`, or for a back-off. Returns the delay of the event that met it. */
  hold(afterMs?: number, isUnreachable = false): number {
    const phase = this.#phase;
    const now = this.#runtime.now();
    if (phase.name === 'open') {
      this.#failures += 1;
      const backoffMs = this.#backoffMs();
      const leastMs = this.#failures > MOST_TRUSTED_FAILURES ? backoffMs : 0;
      this.#wait(now + Math.max(afterMs ?? backoffMs, leastMs), isUnreachable);
    } else if (phase.name === 'waiting') {
      // Without a time of its own it asks for nothing more. The longest of many random delays would be the same on each device.
      const until = Math.max(phase.until, now + (afterMs ?? 0));
      this.#wait(until, isUnreachable || phase.isUnreachable);
    }
    return this.#delayMs();
  }

  /**
   * No answer came. Resolves with the delay of the event that met it, or with undefined if a probe reaches the server, so that
   * the event itself is at fault. Without a network the delay is the shortest, because nothing is claimed until it is back.
   */
  async unreachable(): Promise<number | undefined> {
    this.#check();
    const { probe } = this.#settings;
    if (this.#phase.name === 'open' && probe) this.#probe(probe);
    if (this.#phase.name !== 'probing') return this.hold(undefined, true);
    return (await this.#phase.answer) ? undefined : this.#delayMs();
  }

  /** Follows a change of the connectivity. A wait for an unreachable host ends soon, because the network may be back. */
  readonly follow = (): void => {
    this.#check();
    const phase = this.#phase;
    if (phase.name !== 'waiting' || !phase.isUnreachable) return;
    this.#wait(Math.min(phase.until, this.#returnAt()), true);
  };

  /** Ends a wait at once. */
  flush(): void {
    this.#check();
    const phase = this.#phase;
    if (phase.name === 'waiting') this.#endWait(phase.isUnreachable);
  }

  stop(): void {
    this.#enter({ name: 'stopped' });
  }

  #check(): void {
    const { name } = this.#phase;
    if (!this.#settings.connectivity.isOnline()) {
      if (name === 'offline' || name === 'stopped') return;
      this.#enter({ name: 'offline' });
      this.#cut.abort(new DOMException('the network is gone', 'AbortError'));
    } else if (name === 'offline') {
      this.#cut = new AbortController();
      this.#wait(this.#returnAt(), true);
    }
  }

  #returnAt(): number {
    const delayMs = this.#runtime.random() * (this.#settings.returnJitterMs + 1);
    return this.#runtime.now() + Math.floor(delayMs);
  }

  #backoffMs(): number {
    return nextDelayMs(this.#failures, this.#settings, () => this.#runtime.random());
  }

  #delayMs(): number {
    const restMs = (this.waitsUntil ?? 0) - this.#runtime.now();
    return restMs > 0 ? restMs + AFTER_OTHERS_MS : 1;
  }

  #wait(until: number, isUnreachable: boolean): void {
    const runtime = this.#runtime;
    const stopTimer = runtime.after(until - runtime.now(), () => this.#endWait(isUnreachable));
    const release = this.#settings.keepAlive ? hold(runtime) : ignore;
    this.#enter({ name: 'waiting', until, isUnreachable }, () => {
      stopTimer();
      release();
    });
  }

  #endWait(isUnreachable: boolean): void {
    const { probe } = this.#settings;
    if (isUnreachable && probe) this.#probe(probe);
    else this.#open(isUnreachable);
  }

  #probe(probe: Probe): void {
    const { answer, end } = startProbe(probe, this.#runtime);
    this.#enter({ name: 'probing', answer }, end);
    void answer.then((isReachable) => {
      const phase = this.#phase;
      if (phase.name !== 'probing' || phase.answer !== answer) return;
      if (isReachable) this.#open(true);
      else {
        this.#failures += 1;
        this.#wait(this.#runtime.now() + this.#backoffMs(), true);
      }
    });
  }

  #open(isReturn: boolean): void {
    this.#enter({ name: 'open' });
    if (isReturn) this.#onReturn();
  }

  #enter(phase: Phase, end: Stop = ignore): void {
    if (this.#phase.name === 'stopped') return end();
    this.#endPhase();
    this.#phase = phase;
    this.#endPhase = end;
    this.#width = 1;
    this.#onChange();
  }
}
