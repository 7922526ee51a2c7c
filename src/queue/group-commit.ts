interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits together what is asked for at the same time: while one commit runs, the next one gathers.
 * An idle group commits in the same turn, so that nobody waits for company. Order of asking is kept.
 *
 * States: idle (nothing gathered), planned (a flush is in the microtask queue), committing. Only `#flush`
 * goes from one to the next.
 */
export class GroupCommit<Item, Answer> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly #weightOf: (item: Item) => number;
  readonly #maxWeight: number;
  #gathered: Waiting<Item, Answer>[] = [];
  #isBusy = false;

  /** `commit` answers each item in order, or rejects for all of them. One item may weigh more than `maxWeight`. */
  constructor(
    commit: (items: readonly Item[]) => Promise<readonly Answer[]>,
    weightOf: (item: Item) => number = (_item: Item) => 1,
    maxWeight: number = Number.POSITIVE_INFINITY,
  ) {
    this.#commit = commit;
    this.#weightOf = weightOf;
    this.#maxWeight = maxWeight;
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ item, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#gathered.length > 0) {
      const group = this.#takeGroup();
      try {
        const answers = await this.#commit(group.map(({ item }) => item));
        for (const [index, { resolve }] of group.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isBusy = false;
  }

  #takeGroup(): Waiting<Item, Answer>[] {
    let weight = 0;
    const end = this.#gathered.findIndex(({ item }, index) => {
      weight += this.#weightOf(item);
      return index > 0 && weight > this.#maxWeight;
    });
    return this.#gathered.splice(0, end === -1 ? this.#gathered.length : end);
  }
}
