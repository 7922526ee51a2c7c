import type { Page } from 'playwright';

/**
 * Kills a tab of the tour while it has an order. It is idle for a moment between two orders, and a click from outside may come
 * then. The timeline of the page knows of the order when its dot has reached the tab.
 */
export async function killWhileItWorks(page: Page, name: 'A' | 'B'): Promise<void> {
  await page.evaluate(killInPage, name);
}

/** Runs in the page, where no time passes between the look and the click. */
function killInPage(name: string): Promise<void> {
  const find = <Found extends Element>(selector: string) => document.querySelector<Found>(selector);
  return new Promise((resolve) => {
    const look = setInterval(() => {
      const frame = find<HTMLIFrameElement>(`[title="Tab ${name}"]`);
      const isWorking = frame?.contentDocument?.querySelector('[data-testid="attempt"]');
      if (!isWorking || !find(`.dot[data-place="${name}"]`)) return;
      clearInterval(look);
      find<HTMLButtonElement>(`[data-testid="kill-${name}"]`)?.click();
      resolve();
    }, 1);
  });
}
