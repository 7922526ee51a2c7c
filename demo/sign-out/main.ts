import { byId, element, setText } from '../dom.ts';
import { showFault } from '../fault.ts';
import { inspectOnClick, makeInspector } from '../inspect.ts';
import { showCode } from '../shown-code.ts';
import { Session, usersOnDevice } from './session.ts';
import sessionSource from './session.ts?raw';

const SHOW_MS = 500;
const NUMBER_KEY = 'ackline-sign-out-number';

const inspector = makeInspector();
const offline = byId('offline') as HTMLInputElement;
let session: Session | undefined;

function nextNumber(): number {
  const number = Number(localStorage.getItem(NUMBER_KEY)) + 1;
  localStorage.setItem(NUMBER_KEY, String(number));
  return number;
}

async function signIn(user: string): Promise<void> {
  const opened = new Session(user, {
    observer: inspector.observer,
    sent: (name, { number }) =>
      byId('sent').prepend(element('li', {}, `Order ${number}, from ${name}`)),
    ended: () => {
      if (session === opened) leave();
    },
  });
  session = opened;
  inspector.sources = { [user]: opened.events };
  showUser();
  await opened.setOnline(!offline.checked);
}

function leave(): void {
  session = undefined;
  inspector.sources = {};
  showUser();
}

async function signOut(how: 'keep' | 'purge'): Promise<void> {
  const left = session;
  leave();
  await left?.signOut(how);
}

function showUser(): void {
  setText(byId('user'), session ? `${session.user} is signed in` : 'No one is signed in');
  for (const button of document.querySelectorAll<HTMLElement>('[data-user]'))
    button.hidden = session !== undefined;
  for (const id of ['write', 'keep', 'purge']) byId(id).hidden = session === undefined;
}

async function showParts(): Promise<void> {
  const users = await usersOnDevice();
  const waiting = (await session?.countWaiting()) ?? 0;
  const own = waiting === 1 ? '1 order waits' : `${waiting} orders wait`;
  const texts = users.map((user) =>
    user === session?.user
      ? `${user}: ${own}`
      : `${user}: what waits is kept until ${user} is back`,
  );
  const shown = texts.length > 0 ? texts : ['Nothing is stored'];
  if ([...byId('parts').children].map(({ textContent }) => textContent).join() !== shown.join())
    byId('parts').replaceChildren(...shown.map((text) => element('li', {}, text)));
}

async function showForEver(): Promise<void> {
  // A sign-out in the middle of a read is no fault.
  await showParts().catch(() => undefined);
  setTimeout(() => void showForEver(), SHOW_MS);
}

for (const button of document.querySelectorAll<HTMLElement>('[data-user]'))
  button.addEventListener(
    'click',
    () => void signIn(button.dataset['user'] ?? '').catch(showFault),
  );
byId('write').addEventListener('click', () => void session?.write(nextNumber()).catch(showFault));
byId('keep').addEventListener('click', () => void signOut('keep').catch(showFault));
byId('purge').addEventListener('click', () => void signOut('purge').catch(showFault));
offline.addEventListener(
  'change',
  () => void session?.setOnline(!offline.checked).catch(showFault),
);
inspectOnClick(byId('inspect'), byId('inspector'), { inspector, sources: {} });
addEventListener('unhandledrejection', ({ reason }) => showFault(reason));
showCode(sessionSource);
showUser();
void showForEver();
