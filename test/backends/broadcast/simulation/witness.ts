import type { SimulatedContext } from './simulated-context.ts';

/** So long two contexts run side by side until each has had the time to learn from the other what it lacks. */
const LEARNING_MS = 500;

interface Member {
  readonly context: SimulatedContext;
  /** Every event that was published since it is watched, by name. */
  readonly published: Set<string>;
  /** What it can know of. */
  readonly knowable: Set<string>;
  /** Whom it runs side by side with, since when, and what that one knew then. */
  readonly beside: Map<SimulatedContext, { readonly since: number; readonly known: string[] }>;
}

/** What one member lacks, and how many events were reported to it as missed. */
export interface Account {
  readonly name: string;
  readonly lacking: readonly string[];
  /** Of these it could know. */
  readonly knowable: readonly string[];
  readonly missedCount: number;
  readonly twice: readonly string[];
  readonly outOfOrder: readonly string[];
}

/** Records from outside which contexts ran, what was published, and which members could know of it. */
export class Witness {
  readonly #members: Member[] = [];
  /** What each context has published or handled. */
  readonly #noted = new Map<SimulatedContext, number>();
  publishedCount = 0;

  watch(context: SimulatedContext): void {
    this.#members.push({
      context,
      published: new Set(),
      knowable: new Set(),
      beside: new Map(),
    });
  }

  /** What `context` has sent by now. */
  notePublished(context: SimulatedContext): void {
    const from = this.#noted.get(context) ?? 0;
    for (let number = from + 1; number <= context.published; number += 1) {
      this.publishedCount += 1;
      const name = `${context.name} #${number}`;
      for (const member of this.#members) {
        member.published.add(name);
        // A thread that is busy gets its messages later.
        if (member.context.state !== 'frozen') member.knowable.add(name);
      }
    }
    this.#noted.set(context, context.published);
  }

  noteEnd(context: SimulatedContext): void {
    for (const { beside } of this.#members) beside.delete(context);
  }

  compareAll(now: number, alive: readonly SimulatedContext[]): void {
    for (const member of this.#members)
      for (const other of alive) if (other !== member.context) this.#compare(member, other, now);
  }

  accounts(): Account[] {
    return this.#members.map(({ context, published, knowable }) => {
      const names = context.handled.map(({ publisher, number }) => `${publisher} #${number}`);
      const had = new Set(names);
      const lacking = [...published].filter((name) => !had.has(name));
      return {
        name: context.name,
        lacking,
        knowable: lacking.filter((name) => knowable.has(name)),
        missedCount: context.missedCount,
        twice: names.filter((name, index) => names.indexOf(name) !== index),
        outOfOrder: outOfOrder(context),
      };
    });
  }

  #compare({ context, beside, knowable }: Member, other: SimulatedContext, now: number): void {
    if (!canTalk(context) || !canTalk(other)) {
      beside.delete(other);
      return;
    }
    const begun = beside.get(other);
    if (begun === undefined || now - begun.since >= LEARNING_MS) {
      for (const name of begun?.known ?? []) knowable.add(name);
      beside.set(other, { since: now, known: knownTo(other) });
    }
  }
}

function canTalk({ state, isConnected }: SimulatedContext): boolean {
  return state === 'running' && isConnected;
}

function knownTo(context: SimulatedContext): string[] {
  const own = Array.from(
    { length: context.published },
    (_, index) => `${context.name} #${index + 1}`,
  );
  return [...own, ...context.handled.map(({ publisher, number }) => `${publisher} #${number}`)];
}

function outOfOrder({ handled }: SimulatedContext): string[] {
  const last = new Map<string, number>();
  return handled
    .filter(({ publisher, number }) => {
      const isLater = number > (last.get(publisher) ?? 0);
      last.set(publisher, Math.max(number, last.get(publisher) ?? 0));
      return !isLater;
    })
    .map(({ publisher, number }) => `${publisher} #${number}`);
}
