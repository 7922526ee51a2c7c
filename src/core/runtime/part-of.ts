/** A property of any value, or undefined if the value has no such property or it cannot be read. Never throws. */
export function partOf(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>>)[key];
  } catch {
    // The value is null, or a getter or a proxy threw.
    return undefined;
  }
}
