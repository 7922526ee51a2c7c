// The page around the frame of strict-policy.e2e.test.ts. It has no policy, so a test can drive it in each engine.
import { obeyRemote } from '../../setup/remote-page.ts';
import { until } from '../../support/until.ts';

export interface Walked {
  /** What the policy has forbidden to the inspector. */
  readonly violations: readonly string[];
  /** What it forbids to the walk itself. It shows that the policy is in force, and that violations are seen. */
  readonly provoked: readonly string[];
  readonly images: number;
  readonly title: string;
}

interface InspectorFrame extends Window {
  readonly violations: readonly string[];
}

declare global {
  interface Window {
    /** Shows each view of the inspector in the frame. */
    walk(): Promise<Walked>;
  }
}

const VIEWS = ['Ready', 'Scheduled', 'Leased', 'Kept', 'Groups', 'Blocked keys', 'Dead letters'];

const frame = () => document.querySelector('iframe')?.contentWindow as InspectorFrame;
const root = () => frame().document.querySelector('ackline-inspector')?.shadowRoot;

/** Clicks the first element of the selector whose text begins so, once it is there. */
async function click(selector: string, text: string): Promise<void> {
  const find = () =>
    [...(root()?.querySelectorAll<HTMLElement>(selector) ?? [])].find(
      (one) => one.textContent?.startsWith(text) && one.checkVisibility(),
    );
  await until(() => find() !== undefined, `a visible ${selector} with ${text}`);
  find()?.click();
}

const see = (selector: string): Promise<void> =>
  until(() => root()?.querySelector(selector) != null, selector);

async function provoke(): Promise<readonly string[]> {
  const before = frame().violations.length;
  try {
    frame().document.body.innerHTML = '<b>text that is not trusted</b>';
  } catch {
    // The violation says it, too.
  }
  await until(() => frame().violations.length > before, 'a violation');
  return frame().violations.slice(before);
}

window.walk = async () => {
  await click('[role=row]', 'order.placed');
  for (const view of VIEWS) await click('[role=tab]', view);
  await click('[role=row]', 'order-00');
  await click('button', 'Show payload');
  await see('[aria-label=Payload]');
  await click('button', 'Purge…');
  await see('dialog[open]');
  await click('button', 'Go back');
  await click('[role=row]', 'saved');
  await click('[role=tab]', 'Blocked keys');
  await click('button', 'Release…');
  await click('button', 'Go back');
  const sources = root()?.querySelector('select');
  if (sources) sources.value = 'tabs';
  sources?.dispatchEvent(new Event('change'));
  await click('[role=tab]', 'Members');
  await click('td', 'acknowledged');
  const violations = [...frame().violations];
  const images = root()?.querySelectorAll('img').length ?? -1;
  return { violations, images, provoked: await provoke(), title: frame().document.title };
};

obeyRemote();
