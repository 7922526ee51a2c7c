import { EventChannel, memoryBackend } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { byId, element, setText } from '../dom.ts';

const runtime = new ManualRuntime();
const startedAt = runtime.now();
const events = new EventChannel<{ mail: { readonly number: number } }>({
  backend: memoryBackend({ runtime }),
  maxAttempts: 5,
  observer(event) {
    if (event.type === 'dead-lettered') note('is a dead letter, after 5 attempts');
  },
});
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
  await runtime.advance(ms);
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
void show();
