/** Which node leads to which others, by name. A node never leads to itself. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export function reachable(graph: Graph, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of graph.get(node) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}

/** The nodes that can be reached from themselves. */
export function nodesInCycles(graph: Graph): readonly string[] {
  return [...graph.keys()].filter((node) => reachable(graph, node).has(node));
}

/** Without the edges that a longer way replaces. The graph must have no cycles. */
export function reduced(graph: Graph): Graph {
  const isShortcut = (from: ReadonlySet<string>, to: string) =>
    [...from].some((node) => node !== to && reachable(graph, node).has(to));
  return new Map(
    [...graph].map(([node, to]) => [node, new Set([...to].filter((end) => !isShortcut(to, end)))]),
  );
}
