import type { SimulatedContext } from './simulated-context.ts';

interface Request {
  readonly name: string;
  readonly context: SimulatedContext;
  readonly isShared: boolean;
  readonly grant: () => void;
}

/**
 * The Web Locks of one origin: {@link https://w3c.github.io/web-locks/}. Exclusive and shared, `ifAvailable`, `signal` and
 * `query`; requests of one name are granted in their order. A context that ends gives up what it holds and waits for.
 */
export class SimulatedLocks {
  readonly #held = new Map<string, Request[]>();
  readonly #waiting = new Map<string, Request[]>();

  /** As one context has them. */
  forContext(context: SimulatedContext): LockManager {
    context.whenEnded(() => this.#forget(context));
    return {
      request: (name: string, ...rest: unknown[]) => this.#request(context, name, rest),
      query: () => this.#query(context),
    } as unknown as LockManager;
  }

  /** How many locks are held or waited for. */
  get size(): number {
    return [...this.#held.values(), ...this.#waiting.values()].flat().length;
  }

  #request(context: SimulatedContext, name: string, rest: unknown[]): Promise<unknown> {
    const use = rest.at(-1) as (lock: Lock | null) => unknown;
    const { mode, ifAvailable, signal } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    // The rest of a step in which the context ended still runs here.
    if (context.isEnded) return new Promise(() => undefined);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const isShared = mode === 'shared';
      const grant = () => {
        const lock = { name, mode: mode ?? 'exclusive' } as Lock;
        // Like the platform's it calls back in a task of its own.
        context.call(() =>
          settle(
            () => use(lock),
            resolve,
            reject,
            () => this.#release(request),
          ),
        );
      };
      const request: Request = { name, context, isShared, grant };
      if (this.#isFree(request)) return this.#hold(request);
      if (ifAvailable)
        return context.call(() =>
          settle(
            () => use(null),
            resolve,
            reject,
            () => undefined,
          ),
        );
      listOf(this.#waiting, name).push(request);
      signal?.addEventListener('abort', () => {
        if (remove(this.#waiting, request)) reject(signal.reason);
      });
    });
  }

  #isFree({ name, isShared }: Request): boolean {
    const held = this.#held.get(name) ?? [];
    const isEmpty = (this.#waiting.get(name) ?? []).length === 0;
    return isEmpty && (held.length === 0 || (isShared && held.every((one) => one.isShared)));
  }

  #hold(request: Request): void {
    listOf(this.#held, request.name).push(request);
    request.grant();
  }

  #release(request: Request): void {
    if (remove(this.#held, request)) this.#grantNext(request.name);
  }

  #grantNext(name: string): void {
    const waiting = this.#waiting.get(name) ?? [];
    for (let next = waiting[0]; next; next = waiting[0]) {
      const held = this.#held.get(name) ?? [];
      if (held.length > 0 && !(next.isShared && held.every((one) => one.isShared))) return;
      waiting.shift();
      this.#hold(next);
    }
  }

  #forget(context: SimulatedContext): void {
    for (const requests of [this.#waiting, this.#held])
      for (const [name, list] of requests) {
        requests.set(
          name,
          list.filter((request) => request.context !== context),
        );
        this.#grantNext(name);
      }
  }

  async #query(context: SimulatedContext): Promise<LockManagerSnapshot> {
    const infoOf = ({ name, isShared }: Request) =>
      ({ name, mode: isShared ? 'shared' : 'exclusive' }) as LockInfo;
    await new Promise<void>((resolve) => {
      context.call(resolve);
    });
    return {
      held: [...this.#held.values()].flat().map(infoOf),
      pending: [...this.#waiting.values()].flat().map(infoOf),
    };
  }
}

function settle(
  use: () => unknown,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
  release: () => void,
): void {
  const used = new Promise((done) => {
    done(use());
  });
  used.then(resolve, reject);
  used.then(release, release);
}

function listOf(lists: Map<string, Request[]>, name: string): Request[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

function remove(lists: Map<string, Request[]>, request: Request): boolean {
  const list = lists.get(request.name) ?? [];
  const index = list.indexOf(request);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
