import type { Locks } from '../../../platform/locks.ts';

interface Turn {
  isLeading: boolean;
  /** It has served its purpose. */
  isSpent: boolean;
  /** Gives up waiting, or the turn. */
  readonly end: AbortController;
}

/**
 * One idle context of the origin leads a channel: it acts on hints at once, the others only look now and then, so
 * that a crowd of tabs does not rush at each event. The turn is a Web Lock, passed on in order of asking; it gives
 * no right to anything, and one who leads and stands still costs the others a poll interval at most.
 */
export class IdleLeader {
  #locks: Locks | undefined;
  readonly #prefix: string;
  readonly #onTurn: (channel: string) => void;
  readonly #turns = new Map<string, Turn>();

  /** `onTurn` is told when a turn that was waited for has come. */
  constructor(locks: Locks | undefined, prefix: string, onTurn: (channel: string) => void) {
    this.#locks = locks;
    this.#prefix = prefix;
    this.#onTurn = onTurn;
  }

  leads(channel: string): boolean {
    return this.#locks === undefined || this.has(channel);
  }

  /** Whether the turn is this context's; not so where there are no turns. */
  has(channel: string): boolean {
    return this.#turns.get(channel)?.isLeading === true;
  }

  /** Asks for the turn; answers whether this context has it already. */
  take(channel: string): boolean {
    if (this.#locks && !this.#turns.has(channel)) this.#ask(this.#locks, channel);
    return this.leads(channel);
  }

  /** The turn has served its purpose. */
  spend(channel: string): void {
    const turn = this.#turns.get(channel);
    if (turn) turn.isSpent = turn.isLeading;
  }

  /** Where the turn has served its purpose it is left to the next context. Answers whether it was. */
  pass(channel: string): boolean {
    const isSpent = this.#turns.get(channel)?.isSpent === true;
    if (isSpent) this.leave(channel);
    return isSpent;
  }

  leave(channel: string): void {
    const turn = this.#turns.get(channel);
    this.#turns.delete(channel);
    turn?.end.abort();
  }

  leaveAll(): void {
    for (const channel of [...this.#turns.keys()]) this.leave(channel);
  }

  #ask(locks: Locks, channel: string): void {
    const turn: Turn = { isLeading: false, isSpent: false, end: new AbortController() };
    const { signal } = turn.end;
    this.#turns.set(channel, turn);
    const lead = async () =>
      new Promise<void>((pass) => {
        // Left while the grant was on its way.
        if (signal.aborted) return pass();
        signal.addEventListener('abort', () => pass());
        turn.isLeading = true;
        this.#onTurn(channel);
      });
    locks.request(this.#prefix + channel, { signal }, lead).catch(() => {
      if (signal.aborted) return;
      // Forbidden to this context: it does without.
      this.#locks = undefined;
      this.#onTurn(channel);
    });
  }
}
