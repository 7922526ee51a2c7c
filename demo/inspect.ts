import {
  defineInspector,
  type InspectorElement,
  type InspectorProperties,
} from 'ackline/inspector';
import { setText } from './dom.ts';

/** An inspector that is not in the page yet. Its `observer` counts what the channels of the page do. */
export function makeInspector(): InspectorElement {
  defineInspector();
  return document.createElement('ackline-inspector');
}

/** Lets `button` show and hide the inspector in `place`. While it is hidden it reads nothing. */
export function inspectOnClick(
  button: HTMLElement,
  place: HTMLElement,
  { inspector, sources }: { inspector: InspectorElement; sources: InspectorProperties['sources'] },
): void {
  inspector.sources = sources;
  const show = (isShown: boolean) => {
    place.hidden = !isShown;
    button.setAttribute('aria-expanded', String(isShown));
    setText(button, isShown ? 'Close the inspector' : 'Inspect');
    if (isShown) place.append(inspector);
    else inspector.remove();
  };
  button.addEventListener('click', () => {
    show(place.hidden !== false);
    if (!place.hidden) place.scrollIntoView({ block: 'nearest' });
  });
  show(false);
}
