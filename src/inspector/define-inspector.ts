import { refuse } from '../core/options/options.ts';
import { AcklineError } from '../core/reports/errors.ts';
import { partOf } from '../core/runtime/part-of.ts';
import { Inspector } from './inspector.ts';
import type { InspectorProperties } from './inspector-types.ts';

/** Marks the class, so that another copy of this library recognises it. */
const MARK = Symbol.for('ackline.inspector');

/**
 * Defines the element `<ackline-inspector>`, or one of another name. An element of that name then shows the events of the channel
 * object that it is given in its property `events`. A later call for the same name does nothing. A page needs no other call and no
 * style sheet. Errors: `unsupported` in a context without custom elements, such as a server or a worker; `TypeError` for a name
 * that another element has.
 *
 * @example
 * defineInspector();
 * const inspector = document.createElement('ackline-inspector');
 * inspector.events = events;
 * document.body.append(inspector);
 */
export function defineInspector(name = 'ackline-inspector'): void {
  if (typeof customElements === 'undefined')
    throw new AcklineError(
      'unsupported',
      'this context has no custom elements: call defineInspector in a page',
    );
  const defined = customElements.get(name);
  if (!defined) return customElements.define(name, inspectorClass());
  if (partOf(defined, MARK) !== true)
    refuse('name', 'the name of no other element of the page', name);
}

/** Made by a call, because a server has no `HTMLElement` to extend. */
function inspectorClass(): CustomElementConstructor {
  return class extends HTMLElement implements InspectorProperties {
    static readonly [MARK] = true;
    readonly #inspector = new Inspector(this.attachShadow({ mode: 'open' }));
    readonly observer: InspectorProperties['observer'] = this.#inspector.activity.observe;
    readonly showConfirmation: InspectorProperties['showConfirmation'] =
      this.#inspector.showConfirmation;

    get events(): InspectorProperties['events'] {
      return this.#inspector.events;
    }

    set events(events: InspectorProperties['events']) {
      this.#inspector.events = events;
    }

    get sources(): InspectorProperties['sources'] {
      return this.#inspector.sources;
    }

    set sources(sources: InspectorProperties['sources']) {
      this.#inspector.sources = sources;
    }

    connectedCallback(): void {
      takeOver(this, ['events', 'sources']);
      this.#inspector.connect();
    }

    disconnectedCallback(): void {
      this.#inspector.disconnect();
    }
  };
}

/** A property that was set before the element was defined hides the accessor. It is set again. */
function takeOver(target: object, names: readonly string[]): void {
  for (const name of names) {
    if (!Object.hasOwn(target, name)) continue;
    const value = partOf(target, name);
    Reflect.deleteProperty(target, name);
    Reflect.set(target, name, value);
  }
}
