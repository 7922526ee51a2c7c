/** A property of whatever is given; undefined where it has none, or none that can be read. Never throws. */
export function partOf(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>>)[key];
  } catch {
    // A getter or a proxy that throws, or no object at all: there is nothing to be had.
    return undefined;
  }
}
