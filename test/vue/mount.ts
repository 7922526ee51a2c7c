import { onTestFinished } from 'vitest';
import { createApp, defineComponent, h } from 'vue';

export interface Mounted {
  readonly text: () => string;
  readonly unmount: () => void;
  readonly errors: readonly unknown[];
}

/** Mounts a component in the page. `setup` returns what it shows, as JSON. */
export function mount(setup: () => () => unknown): Mounted {
  const place = document.createElement('div');
  document.body.append(place);
  const errors: unknown[] = [];
  const component = defineComponent(() => {
    const shown = setup();
    return () => h('output', JSON.stringify(shown() ?? null));
  });
  const app = createApp(component);
  app.config.errorHandler = (error) => void errors.push(error);
  app.mount(place);
  const unmount = () => app.unmount();
  onTestFinished(() => {
    unmount();
    place.remove();
  });
  return { text: () => place.textContent, unmount, errors };
}
