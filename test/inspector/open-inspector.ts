import { EventChannel, type EventChannelOptions, memoryBackend } from 'ackline';
import { defineInspector, type InspectorElement } from 'ackline/inspector';
import { ManualRuntime } from 'ackline/testing';

/** A channel of any names and payloads. */
export type AnyEvents = EventChannel<Record<string, unknown>>;

export interface OpenInspector {
  readonly events: AnyEvents;
  readonly runtime: ManualRuntime;
  readonly inspector: InspectorElement;
  /** In the shadow tree. Throws unless the selector has one. */
  readonly find: (selector: string) => HTMLElement;
  readonly findAll: (selector: string) => readonly HTMLElement[];
  /** A visible button by its label. */
  readonly press: (label: string) => Promise<void>;
  readonly select: (tab: string) => Promise<void>;
  /** The texts of the rows on view, their cells joined with `|`. */
  readonly rows: (grid?: 'event' | 'channel') => readonly string[];
  readonly key: (key: string, target?: HTMLElement) => Promise<void>;
  /** Lets reads end. */
  readonly settle: () => Promise<void>;
}

/** Room for microtasks and for scroll and resize events. */
async function frame(): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
}

export function visibleRows(root: ShadowRoot, name: string): readonly HTMLElement[] {
  const all = [...root.querySelectorAll<HTMLElement>(`.grid-row[id^="${name}-"]`)];
  const indexOf = ({ dataset }: HTMLElement) => Number(dataset['index']);
  return all.filter(({ hidden }) => !hidden).sort((a, b) => indexOf(a) - indexOf(b));
}

/** The inspector over a memory backend whose clock the test moves. `given`: another channel, or none where it is null. */
export async function openInspector(
  prepare: (events: AnyEvents) => Promise<unknown> = async () => undefined,
  options: Partial<EventChannelOptions<Record<string, unknown>>> = {},
): Promise<OpenInspector> {
  defineInspector();
  const runtime = new ManualRuntime();
  const inspector = document.createElement('ackline-inspector');
  const events: AnyEvents = new EventChannel({
    backend: memoryBackend({ runtime }),
    observer: inspector.observer,
    ...options,
  });
  await prepare(events);
  inspector.events = events;
  inspector.style.height = '700px';
  document.body.append(inspector);
  const root = inspector.shadowRoot as ShadowRoot;
  const settle = async () => {
    await runtime.settle();
    await frame();
    await runtime.settle();
    await frame();
  };
  const findAll = (selector: string) => [...root.querySelectorAll<HTMLElement>(selector)];
  const find = (selector: string) => {
    const [found, ...others] = findAll(selector);
    if (!found || others.length > 0) throw new Error(`${1 + others.length} of ${selector}`);
    return found;
  };
  const click = async (element: HTMLElement | undefined, what: string) => {
    if (!element) throw new Error(`no ${what}`);
    element.click();
    await settle();
  };
  await settle();
  return {
    events,
    runtime,
    inspector,
    find,
    findAll,
    settle,
    press: (label) =>
      click(
        findAll('button').find(
          (one) => (one.ariaLabel ?? one.textContent) === label && one.checkVisibility(),
        ),
        label,
      ),
    select: (tab) =>
      click(
        findAll('[role="tab"]').find(({ textContent }) => textContent?.startsWith(tab)),
        tab,
      ),
    rows: (grid = 'event') =>
      visibleRows(root, grid).map((row) =>
        [...row.children].map(({ textContent }) => textContent).join('|'),
      ),
    key: async (key, target = find('.grid[aria-label^="Events"]')) => {
      target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      await settle();
    },
  };
}
