/**
 * Loaded before the worker of the recipe: lets a test decide at which of its awaits it is killed. A sync whose tag is
 * `outbox 7` is given to the recipe as `outbox`, and the 7th answer of the platform never reaches it: the worker
 * hangs there, and the test is told that it may be stopped. How a sync ends is told too.
 */

interface SyncEvent extends Event {
  readonly tag: string;
  waitUntil(work: Promise<unknown>): void;
}

const platformFetch = fetch;
const NEVER = new Promise<never>(() => undefined);
let answersLeft = Number.POSITIVE_INFINITY;

function tell(what: string, detail: string): Promise<Response> {
  return platformFetch(`/${what}`, { method: 'POST', body: detail });
}

/** Whether the worker is to hang at this answer of the platform. */
function hangsAt(answer: string): boolean {
  answersLeft -= 1;
  if (answersLeft !== 0) return false;
  void tell('hangs', answer);
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
    const [tag, answers] = asked.split(' ');
    answersLeft = Number(answers ?? Number.POSITIVE_INFINITY);
    const waitUntil = (work: Promise<unknown>) => {
      const told = work.then(
        () => tell('ends', 'resolved'),
        (error: unknown) => tell('ends', String(error)),
      );
      (event as SyncEvent).waitUntil(told.then(() => work));
    };
    listener(Object.assign(new Event('sync'), { tag, waitUntil }));
  });
};
Reflect.set(globalThis, 'addEventListener', watchSyncs);
