import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BrowserFailure, BrowserLife } from './browser-life.ts';
import type { ChaosBrowser } from './chaos-browser.ts';
import { within } from './within.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LAUNCH_MS = 60_000;
const kill = vi.fn(async () => undefined);
const browser = { version: '1.0', kill } as unknown as ChaosBrowser;

beforeEach(() => {
  kill.mockClear();
});

function silence(): Promise<never> {
  return new Promise(() => undefined);
}

async function outcomeOf(started: Promise<unknown>): Promise<unknown> {
  const outcome = started.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10 * LAUNCH_MS);
  return outcome;
}

test('a browser that does not answer is killed and started again', async () => {
  const answers = [() => within(silence()), async () => 'prepared'];
  const life = new BrowserLife(
    async () => browser,
    () => undefined,
  );
  expect(await outcomeOf(life.start(() => answers.shift()!()))).toBe('prepared');
  expect(kill).toHaveBeenCalledOnce();
  expect(life.version).toBe('1.0');
});

test('a browser that never answers ends the run with a clear message', async () => {
  const lines: string[] = [];
  const life = new BrowserLife(
    async () => browser,
    (line) => lines.push(line),
  );
  const failure = await outcomeOf(life.start(() => within(silence())));
  expect(failure).toBeInstanceOf(BrowserFailure);
  expect(String(failure)).toContain('start 5 of the browser failed: Error: the browser did not');
  expect(lines).toHaveLength(5);
  expect(kill).toHaveBeenCalledTimes(5);
});

test('a browser that starts too late is killed, because the next one has its profile', async () => {
  let launch: ((browser: ChaosBrowser) => void) | undefined;
  const late = new Promise<ChaosBrowser>((resolve) => {
    launch = resolve;
  });
  const launches = [late, Promise.resolve({ ...browser, kill: async () => undefined })];
  const life = new BrowserLife(
    () => launches.shift()!,
    () => undefined,
  );
  await outcomeOf(life.start(async () => undefined));
  expect(kill).not.toHaveBeenCalled();
  launch?.(browser);
  await vi.advanceTimersByTimeAsync(0);
  expect(kill).toHaveBeenCalledOnce();
});

test('a kill ends although the browser does not answer', async () => {
  const deaf = { ...browser, kill: silence };
  const life = new BrowserLife(
    async () => deaf,
    () => undefined,
  );
  await life.start(async () => undefined);
  expect(await outcomeOf(life.kill())).toBeUndefined();
});
