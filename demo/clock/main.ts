import { EventChannel, memoryBackend, type Observer } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { byId, element, setText } from '../dom.ts';
import { showCode } from '../shown-code.ts';
import source from './main.ts?raw';

type MailSchema = { mail: { readonly number: number } };

const observer: Observer = (event) => {
  if (event.type === 'dead-lettered') note('is a dead letter, after 5 attempts');
};
const options = { maxAttempts: 5, observer };

// #region open
const runtime = new ManualRuntime();
const backend = memoryBackend({ runtime });
const events = new EventChannel<MailSchema>({ backend, ...options });
// #endregion
const startedAt = runtime.now();
let number = 0;

const seconds = () => (runtime.now() - startedAt) / 1_000;

function note(text: string): void {
  byId('log').prepend(element('li', {}, `${seconds().toFixed(1)} s: mail ${text}`));
}

async function show(): Promise<void> {
  setText(byId('time'), `${seconds().toFixed(1)} s`);
  const { ready, scheduled, dead } = await events.stats('mail');
  setText(
    byId('state'),
    `${ready} ready, ${scheduled} wait for a later time, ${dead} dead letters`,
  );
}

async function forward(ms: number): Promise<void> {
  // #region forward
  // No test waits: the timers and handlers of this time have run.
  await runtime.advance(ms);
  // #endregion
  await show();
}

events.listen('mail', ({ payload, attempts }) => {
  const fails = Number((byId('fails') as HTMLSelectElement).value);
  const outcome = attempts <= fails ? 'fails' : 'works';
  note(`${payload.number}, attempt ${attempts}, ${outcome}`);
  if (outcome === 'fails') throw new Error('the mail server is busy');
});

byId('publish').addEventListener('click', async () => {
  number += 1;
  await events.publish('mail', { number });
  note(`${number} is published`);
  await forward(0);
});
for (const button of document.querySelectorAll<HTMLElement>('[data-ms]'))
  button.addEventListener('click', () => void forward(Number(button.dataset['ms'])));
showCode(source);
void show();
