import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ChaosBrowser, ChaosTab } from './chaos-browser.ts';
import { TabSlot } from './tab-slot.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TERMS = { name: 't1', hasWorkers: false, isTarget: true };
const PATIENCE_MS = 8_000;

function silence(): Promise<never> {
  return new Promise(() => undefined);
}

/** A tab that obeys, except for what `rest` says. */
function tabOf(rest: Partial<Omit<ChaosTab, 'page'>> & { readonly page?: object }) {
  const obey = vi.fn(async () => undefined);
  const page = { goto: obey, goBack: obey, close: obey, ...rest.page };
  return { crash: async () => 0, freeze: obey, thaw: obey, ...rest, page } as unknown as ChaosTab;
}

async function openSlot(tab: ChaosTab): Promise<TabSlot> {
  const slot = new TabSlot(TERMS);
  await slot.open({ openTab: async () => tab } as unknown as ChaosBrowser, '');
  return slot;
}

/** What becomes of a promise while the browser is silent. */
async function afterSilence(command: Promise<unknown>): Promise<string> {
  const outcome = command.then(
    () => 'obeyed',
    (error: unknown) => String(error),
  );
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  return outcome;
}

test.each([
  ['freeze', { freeze: silence }],
  ['thaw', { thaw: silence }],
  ['load', { page: { goto: silence } }],
  ['leave', { page: { goto: silence } }],
  ['comeBack', { page: { goBack: silence } }],
] as const)(
  'a tab that does not answer to %s is broken until it is opened again',
  async (command, rest) => {
    const slot = await openSlot(tabOf(rest));
    expect(await afterSilence(slot[command](''))).toContain('did not answer in 8000 ms');
    expect(slot.isBroken).toBe(true);
    await slot.close();
    expect([slot.isBroken, slot.state]).toEqual([false, 'empty']);
  },
);

test('a page that freezes too late is thawed', async () => {
  const thaw = vi.fn(async () => undefined);
  let freeze: (() => void) | undefined;
  const late = new Promise<void>((resolve) => {
    freeze = resolve;
  });
  const slot = await openSlot(tabOf({ thaw, freeze: () => late }));
  await afterSilence(slot.freeze());
  expect(thaw).not.toHaveBeenCalled();
  freeze?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(thaw).toHaveBeenCalledOnce();
});

test('a frozen page whose process is gone is closed', async () => {
  const close = vi.fn(async () => undefined);
  const thaw = async () => {
    throw new Error('no such process');
  };
  const slot = await openSlot(tabOf({ thaw, page: { close } }));
  await slot.freeze();
  await slot.close();
  expect(close).toHaveBeenCalledOnce();
});

test('a command to a page that was forgotten meanwhile says nothing about the next page', async () => {
  const slot = await openSlot(tabOf({ page: { goto: silence } }));
  const loading = afterSilence(slot.load(''));
  slot.forget();
  await loading;
  expect([slot.isBroken, slot.state]).toEqual([false, 'empty']);
});
