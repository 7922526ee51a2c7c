/**
 * This script runs before the worker of the recipe. It lets a test decide at which of its awaits the worker is killed.
 * The recipe gets a sync with the tag `outbox ["lock answered 1"]` as `outbox`. The first answer of the platform that
 * the list does not name is withheld, so the worker hangs there. The test is notified which answer it was. Answers have
 * names and not only numbers, because concurrent requests are answered in any order. The test also gets the end of a sync.
 */

interface SyncEvent extends Event {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

const platformFetch = fetch;
const NEVER = new Promise<never>(() => undefined);
/** The answers at which the worker does not hang any more. Undefined: it hangs at none. */
let known: readonly string[] | undefined;
const counts = new Map<string, number>();

function report(what: string, detail: string): Promise<Response> {
  return platformFetch(`/${what}`, { method: 'POST', body: detail });
}

/** Whether the worker must hang at this answer of the platform. */
function hangsAt(answer: string): boolean {
  const count = (counts.get(answer) ?? 0) + 1;
  counts.set(answer, count);
  const name = `${answer} ${count}`;
  if (!known || known.includes(name)) return false;
  known = undefined;
  void report('hangs', name);
  return true;
}

/** The first listener of what has just been made: the recipe's come after it. */
function guard(target: EventTarget, type: string, answer: string): void {
  target.addEventListener(type, (event) => {
    if (hangsAt(answer)) event.stopImmediatePropagation();
  });
}

const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (this: IDBFactory, name, version) {
  const request = open.call(this, name, version);
  guard(request, 'success', 'database opened');
  return request;
};

const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (this: IDBDatabase, stores, mode, options) {
  const transaction = begin.call(this, stores, mode, options);
  guard(transaction, 'complete', `${mode ?? 'readonly'} committed: ${[stores].flat().join(' ')}`);
  return transaction;
};

const request = LockManager.prototype.request;
LockManager.prototype.request = function (
  this: LockManager,
  name: string,
  options: LockOptions,
  granted: LockGrantedCallback<unknown>,
) {
  return request.call(this, name, options, (lock) =>
    hangsAt('lock answered') ? NEVER : granted(lock),
  );
} as LockManager['request'];

globalThis.fetch = async (...sent) => {
  if (hangsAt('about to send')) return NEVER;
  const answer = await platformFetch(...sent);
  return hangsAt('server answered') ? NEVER : answer;
};

const listen = addEventListener;
const watchSyncs = (type: string, listener: (event: Event) => void) => {
  if (type !== 'sync') return listen(type, listener);
  listen(type, (event) => {
    const { tag: asked } = event as SyncEvent;
    const [, tag, answers] = /^(\S+)(?: (.*))?$/.exec(asked) ?? [];
    known = answers === undefined ? undefined : JSON.parse(answers);
    counts.clear();
    const waitUntil = (work: Promise<unknown>) => {
      const reported = work.then(
        () => report('ends', 'resolved'),
        (error: unknown) => report('ends', String(error)),
      );
      (event as SyncEvent).waitUntil(reported.then(() => work));
    };
    listener(Object.assign(new Event('sync'), { tag, waitUntil }));
  });
};
Reflect.set(globalThis, 'addEventListener', watchSyncs);
