import { createElement, type FunctionComponent, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { onTestFinished } from 'vitest';

export interface Mounted<Props extends object> {
  readonly text: () => string;
  /** Renders again, and resolves after the effects have run. */
  readonly render: (props: Props) => void;
  readonly unmount: () => void;
  readonly errors: readonly unknown[];
}

/** Shows a component under StrictMode, in the page. Its effects have run when this returns. */
export function mount<Props extends object>(
  component: FunctionComponent<Props>,
  props: Props,
): Mounted<Props> {
  const place = document.createElement('div');
  document.body.append(place);
  const errors: unknown[] = [];
  const root = createRoot(place, { onUncaughtError: (error) => void errors.push(error) });
  const render = (next: Props) =>
    flushSync(() => root.render(createElement(StrictMode, null, createElement(component, next))));
  const unmount = () => flushSync(() => root.unmount());
  onTestFinished(() => {
    unmount();
    place.remove();
  });
  render(props);
  return { text: () => place.textContent, render, unmount, errors };
}
