import type { InspectorElement } from './inspector/inspector-types.ts';

export { defineInspector } from './inspector/define-inspector.ts';
export type {
  InspectedChannel,
  InspectorElement,
  InspectorProperties,
  InspectorSource,
} from './inspector/inspector-types.ts';

declare global {
  interface HTMLElementTagNameMap {
    'ackline-inspector': InspectorElement;
  }
}
