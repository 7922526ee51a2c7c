import type { HistoryRecord } from './history-record.ts';

/** From when to when a context did not run, or was no member of a channel. */
interface Absence {
  readonly from: number;
  until: number;
}

/** When contexts were frozen or had ended, and when they were no members of a channel. */
export class Absences {
  readonly #lists = new Map<string, Absence[]>();

  /** `sorted` is in the order of `time`. */
  constructor(sorted: readonly HistoryRecord[]) {
    for (const record of sorted) this.#note(record);
  }

  /** Whether the context was absent at some time from `from` to `until`. */
  includes(context: string, channel: string, from: number, until: number): boolean {
    const lists = [this.#lists.get(context), this.#lists.get(nameOf(context, channel))];
    return lists.some((list = []) => overlaps(list, from, until));
  }

  #note({ operation, context, channel, invoked, time }: HistoryRecord): void {
    if (operation === 'end' || operation === 'freeze') this.#begin(context, invoked);
    else if (operation === 'thaw') this.#end(context, time);
    else if (operation === 'delete-group') this.#begin(nameOf(context, channel), invoked);
    else if (operation === 'create-group') this.#end(nameOf(context, channel), time);
  }

  #begin(name: string, from: number): void {
    const list = this.#lists.get(name) ?? [];
    this.#lists.set(name, list);
    if (list.at(-1)?.until !== Number.POSITIVE_INFINITY)
      list.push({ from, until: Number.POSITIVE_INFINITY });
  }

  #end(name: string, until: number): void {
    const last = this.#lists.get(name)?.at(-1);
    if (last?.until === Number.POSITIVE_INFINITY) last.until = until;
  }
}

function nameOf(context: string, channel: string): string {
  return `${context}\n${channel}`;
}

/** The list is in the order of time. A binary search keeps the check in proportion to the number of receipts. */
function overlaps(list: readonly Absence[], from: number, until: number): boolean {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Absence).until < from) low = middle + 1;
    else high = middle;
  }
  const first = list[low];
  return first !== undefined && first.from <= until;
}
