import type { Capabilities } from '../../core/protocols/capability.ts';

/**
 * A value of the option `features` of `indexedDbBackend`. It is a value and not a name, so that pages do not load the features
 * that they do not name.
 */
export interface IndexedDbFeature {
  /** What the backend can do with it. */
  readonly capabilities: Capabilities;
  /** For the backend itself. Its type would bring the types of the database to programs that have none. */
  readonly parts: object;
}
