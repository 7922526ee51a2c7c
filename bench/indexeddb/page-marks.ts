/** What happened, and when on the clock of its page. */
export type Mark = readonly [at: number, what: string];

declare global {
  interface Window {
    marks: Mark[];
  }
}

/** Runs in a page, without imports. Records calls of IndexedDB, Web Locks and BroadcastChannel, and their answers. */
export function markPlatform(): void {
  window.marks = [];
  const mark = (what: string) => void window.marks.push([performance.now(), what]);
  markOpening();
  markTransactions();
  markReads();
  markLocks();
  markMessages();

  function markOpening(): void {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...given) {
      mark('open() called');
      const request = open.apply(this, given);
      request.addEventListener('success', () => mark('opened'));
      return request;
    };
  }

  function markTransactions(): void {
    const { transaction } = IDBDatabase.prototype;
    const { commit } = IDBTransaction.prototype;
    const nameOf = ({ mode, objectStoreNames }: IDBTransaction) =>
      `${mode === 'readonly' ? 'read of' : 'write to'} ${[...objectStoreNames].join(', ')}`;
    IDBDatabase.prototype.transaction = function (...given) {
      const begun = transaction.apply(this, given);
      const name = nameOf(begun);
      mark(`${name}: begun`);
      begun.addEventListener('complete', () => mark(`${name}: complete`));
      begun.addEventListener('abort', () => mark(`${name}: undone`));
      return begun;
    };
    IDBTransaction.prototype.commit = function () {
      commit.call(this);
      mark(`${nameOf(this)}: commit called`);
    };
  }

  function markReads(): void {
    for (const method of ['get', 'getKey', 'getAll', 'getAllKeys', 'openCursor'] as const)
      for (const { prototype } of [IDBObjectStore, IDBIndex]) {
        const read = prototype[method] as (...given: unknown[]) => IDBRequest;
        Object.assign(prototype, {
          [method](this: IDBObjectStore | IDBIndex, ...given: unknown[]) {
            const request = read.apply(this, given);
            request.addEventListener('success', () => mark(`${this.name} answered`));
            return request;
          },
        });
      }
  }

  function markLocks(): void {
    const request = LockManager.prototype.request as (...given: unknown[]) => Promise<unknown>;
    Object.assign(LockManager.prototype, {
      request(this: LockManager, ...given: unknown[]) {
        const name = String(given[0]);
        const kind = /:(claim|turn):/.exec(name)?.[1] ?? 'liveness';
        const hold = given.at(-1) as (lock: unknown) => unknown;
        mark(`${kind} lock: asked`);
        return request.call(this, ...given.slice(0, -1), async (lock: unknown) => {
          mark(`${kind} lock: come`);
          await hold(lock);
          mark(`${kind} lock: gone`);
        });
      },
    });
  }

  function markMessages(): void {
    const { postMessage } = BroadcastChannel.prototype;
    BroadcastChannel.prototype.postMessage = function (message) {
      postMessage.call(this, message);
      mark('message posted');
    };
  }
}
