import type { KeptResult } from '../../core/events/event-result.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../../core/events/message.ts';
import { type AcklineError, codeOf } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import type {
  Claim,
  ClaimRequest,
  EventStore,
  LetterStep,
  LetterStepResult,
  NewEvent,
  SettleRequest,
} from '../../queue/event-store.ts';

/**
 * A preferred store with a spare. The first call chooses between them for good. The spare is chosen only if the context
 * cannot store anything, and not if the storage is slow, full or has a newer schema.
 */
export class FallbackStore implements EventStore {
  readonly #preferred: EventStore;
  readonly #spare: EventStore;
  readonly #probe: () => Promise<unknown>;
  readonly #onSpare: (reason: AcklineError) => void;
  #chosen: Promise<EventStore> | undefined;

  constructor(
    preferred: EventStore,
    spare: EventStore,
    probe: () => Promise<unknown>,
    onSpare: (reason: AcklineError) => void,
  ) {
    this.#preferred = preferred;
    this.#spare = spare;
    this.#probe = probe;
    this.#onSpare = onSpare;
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    return (await this.choose()).append(events);
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    return (await this.choose()).claim(request);
  }

  async settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return (await this.choose()).settle(requests);
  }

  async retryNow(channel: string, reason?: 'offline'): Promise<number> {
    return (await (await this.choose()).retryNow?.(channel, reason)) ?? 0;
  }

  async stats(channel: string): Promise<ChannelStats> {
    return (await this.choose()).stats(channel);
  }

  async deadLetters(channel: string, limit: number, after?: number): Promise<DeadLetter[]> {
    return (await this.choose()).deadLetters(channel, limit, after);
  }

  /** Both stores can do so. */
  async moveLetters(step: LetterStep): Promise<LetterStepResult> {
    const nothing = { taken: [], scanned: 0, after: undefined, until: undefined };
    return (await (await this.choose()).moveLetters?.(step)) ?? nothing;
  }

  async cancel(channel: string, eventId: string): Promise<Settlement> {
    return (await (await this.choose()).cancel?.(channel, eventId)) ?? 'gone';
  }

  async results(channel: string, eventIds: readonly string[]): Promise<(KeptResult | undefined)[]> {
    return (await (await this.choose()).results?.(channel, eventIds)) ?? [];
  }

  async blockedKeys(channel: string): Promise<string[]> {
    return (await (await this.choose()).blockedKeys?.(channel)) ?? [];
  }

  async releaseKey(channel: string, key: string): Promise<boolean> {
    return (await (await this.choose()).releaseKey?.(channel, key)) ?? false;
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    const stops = [this.#preferred.observe(report), this.#spare.observe(report)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async close(): Promise<void> {
    await this.#preferred.close();
    await this.#spare.close();
  }

  /** The store that is used from now on. */
  choose(): Promise<EventStore> {
    this.#chosen ??= this.#decide();
    return this.#chosen;
  }

  async #decide(): Promise<EventStore> {
    try {
      await this.#probe();
      return this.#preferred;
    } catch (error) {
      if (codeOf(error) === 'storage') {
        this.#onSpare(error as AcklineError);
        return this.#spare;
      }
      // The next call tries again.
      this.#chosen = undefined;
      throw error;
    }
  }
}
