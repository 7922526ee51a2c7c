import { expect, onTestFinished, test } from 'vitest';
import { servePages } from '../../setup/serve-pages.ts';
import type { ChaosBatch, ChaosCommand } from './chaos-messages.ts';
import { sendBatch } from './send-batch.ts';

const batch: ChaosBatch = {
  ...{ base: 'page', tab: 't1', kind: 'page', origins: [0], number: 2, at: 0 },
  ...{ longestMs: 0, strayAnswers: 0, entries: [] },
};

/** Serves these answers one after the other, and the last one again and again. */
async function serveAnswers(answers: readonly ChaosCommand[]): Promise<string> {
  let served = 0;
  const records = {
    type: 'text/javascript' as const,
    get body() {
      served += 1;
      return JSON.stringify(answers[Math.min(served, answers.length) - 1]);
    },
  };
  const pages = await servePages({ '/records': records });
  onTestFinished(() => pages.close());
  return `${pages.url}/records`;
}

test('a context goes on only after an answer that names its batch', async () => {
  const address = await serveAnswers([
    { mode: 'stop', base: 'page', number: 1 },
    { mode: 'stop', base: 'other', number: 2 },
    { mode: 'pause', base: 'page', number: 2 },
  ]);
  let stray = 0;
  const mode = await sendBatch(
    address,
    () => batch,
    () => {
      stray += 1;
    },
  );
  expect([mode, stray]).toEqual(['pause', 2]);
});
