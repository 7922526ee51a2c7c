/** What a page reports when it begins a request for an order, and when the request has ended for the page. */
export interface RequestNote {
  readonly key: string;
  readonly tab: string;
  /** The number of the request in its page. */
  readonly number: number;
  readonly what: 'begins' | 'ends';
  /** Epoch milliseconds, by the clock that all pages of a browser share. */
  readonly at: number;
}

interface PageRequest {
  readonly from: number;
  to: number;
}

/**
 * When pages had requests in flight. A server cannot know it: it may still work on a request that its page has ended, for
 * example when the network went away.
 */
export class RequestLog {
  readonly #requests = new Map<string, PageRequest>();

  note({ key, tab, number, what, at }: RequestNote): void {
    const name = `${key} ${tab} ${number}`;
    const request = this.#requests.get(name);
    if (what === 'begins') this.#requests.set(name, { from: at, to: Number.POSITIVE_INFINITY });
    else if (request) request.to = at;
  }

  /**
   * Whether the two tabs had requests for the order in flight at once. A request without an end is in flight forever. Of a tab
   * without notes nothing is known, so that the answer is yes.
   */
  hasOverlap(key: string, [left, right]: readonly [string, string]): boolean {
    const first = this.#of(`${key} ${left} `);
    const second = this.#of(`${key} ${right} `);
    if (first.length * second.length === 0) return true;
    return first.some((one) =>
      second.some((other) => one !== other && one.from < other.to && other.from < one.to),
    );
  }

  clear(): void {
    this.#requests.clear();
  }

  #of(prefix: string): PageRequest[] {
    return [...this.#requests]
      .filter(([name]) => name.startsWith(prefix))
      .map(([, request]) => request);
  }
}
