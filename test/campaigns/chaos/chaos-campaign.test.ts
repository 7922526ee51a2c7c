import { expect, test } from 'vitest';
import { ChaosCampaign } from './chaos-campaign.ts';
import { isSound } from './chaos-table.ts';

test('a run whose browser never starts ends with a result that says why', async () => {
  const lines: string[] = [];
  const result = await ChaosCampaign.run({
    ...{ engine: 'firefox', durability: 'strict', seed: 1, minutes: 1 },
    launch: () => Promise.reject(new Error('no browser\nCall log:')),
    onProgress: (line) => lines.push(line),
  });
  const interrupted = 'BrowserFailure: start 5 of the browser failed: Error: no browser';
  expect(result).toMatchObject({ interrupted, engineVersion: 'unknown', violations: [] });
  expect(isSound(result)).toBe(false);
  expect(lines.join('\n')).toContain(`ends early, ${interrupted}`);
});
