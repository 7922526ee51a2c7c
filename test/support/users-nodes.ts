import { type FoundNode, findNodes } from '../setup/find-nodes.mjs';

/** The Nodes of {@link findNodes}. Throws if a path in `ACKLINE_NODES` starts no Node. */
export function usersNodes(): readonly FoundNode[] {
  return findNodes().nodes;
}
