import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { MaybePromise } from './event-store.ts';

/** An item that waits for its commit. */
export interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<Item> {
  /** The weight of an item. Default: 1. */
  readonly weightOf?: (item: Item) => number;
  /** The greatest weight of a commit of several items. Default: no limit. */
  readonly maxWeight?: number;
  /** Items of different kinds are committed apart. Default: undefined, which may go with items of any kind. */
  readonly kindOf?: (item: Item) => unknown;
  /**
   * Whether a commit that failed with this error, and stored nothing, may have failed for one item of several. The items
   * are then committed in up to eight parts, in order, and a part that fails is divided again: in the end an item fails
   * for itself alone. Default is never.
   */
  readonly mayConcernOne?: (error: unknown) => boolean;
}

/** The number of parts that a failed group is divided into. One bad item among 5,000 costs 32 more commits, not 5,000. */
const PARTS = 8;

/**
 * Commits items in groups. Items that are added while a commit runs form the next group. An idle group commits in the next
 * microtask, so an item never waits for others to arrive. Items are committed in the order in which they were added.
 *
 * States: idle (no items), planned (a flush is in the microtask queue), committing. Only `add` ends the state idle, and only
 * `#flush` ends the other two.
 */
export class GroupCommit<Item, Answer> {
  readonly #commit: (items: readonly Item[]) => MaybePromise<readonly Answer[]>;
  readonly #weightOf: (item: Item) => number;
  readonly #maxWeight: number;
  readonly #kindOf: (item: Item) => unknown;
  readonly #mayConcernOne: (error: unknown) => boolean;
  #gathered: Waiting<Item, Answer>[] = [];
  #isBusy = false;

  /** `commit` answers each item in order, or rejects or throws for all of them. An answer that is no promise is not awaited. */
  constructor(
    commit: (items: readonly Item[]) => MaybePromise<readonly Answer[]>,
    {
      weightOf = () => 1,
      maxWeight = Number.POSITIVE_INFINITY,
      kindOf = () => undefined,
      mayConcernOne = () => false,
    }: GroupCommitOptions<Item> = {},
  ) {
    this.#commit = commit;
    this.#weightOf = weightOf;
    this.#maxWeight = maxWeight;
    this.#kindOf = kindOf;
    this.#mayConcernOne = mayConcernOne;
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ item, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      void this.#flush();
    });
  }

  /** Takes matching items out of those that wait for the next commit. The caller commits and answers them. */
  take(matches: (item: Item) => boolean): readonly Waiting<Item, Answer>[] {
    const taken = this.#gathered.filter(({ item }) => matches(item));
    if (taken.length > 0) this.#gathered = this.#gathered.filter((one) => !taken.includes(one));
    return taken;
  }

  async #flush(): Promise<void> {
    // Code that runs before the next microtask may add more items.
    await undefined;
    while (this.#gathered.length > 0) await this.#commitGroup(this.#takeGroup());
    this.#isBusy = false;
  }

  async #commitGroup(group: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const committed = this.#commit(group.map(({ item }) => item));
      const answers = isPromiseLike(committed) ? await committed : committed;
      for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      if (group.length > 1 && this.#mayConcernOne(error)) {
        const size = Math.ceil(group.length / PARTS);
        for (let start = 0; start < group.length; start += size)
          await this.#commitGroup(group.slice(start, start + size));
      } else for (const { reject } of group) reject(error);
    }
  }

  #takeGroup(): Waiting<Item, Answer>[] {
    let weight = 0;
    let groupKind: unknown;
    const end = this.#gathered.findIndex(({ item }, index) => {
      weight += this.#weightOf(item);
      const kind = this.#kindOf(item);
      groupKind ??= kind;
      return index > 0 && (weight > this.#maxWeight || (kind !== undefined && kind !== groupKind));
    });
    return this.#gathered.splice(0, end === -1 ? this.#gathered.length : end);
  }
}
