/** The few assertions that the cases need: tied to no test framework. */

/** The properties that a refusal must have. Absent properties are not checked. */
export interface ExpectedError {
  readonly name: 'TypeError' | 'AcklineError' | 'AbortError';
  readonly code?: string;
  readonly channel?: string;
  readonly path?: string;
  /** Each must occur in the message. */
  readonly says?: readonly string[];
}

export function expectTrue(seen: boolean, promise: string): void {
  if (!seen) throw new Error(`expected that ${promise}`);
}

/** Throws unless `seen` has the structure of `expected`. */
export function expectEqual(seen: unknown, expected: unknown, what: string): void {
  if (isSame(seen, expected, new Map())) return;
  throw new Error(`${what}: expected ${print(expected)}, saw ${print(seen)}`);
}

/** Throws unless `attempt` ends in an error like `expected`. */
export async function expectRejects(
  attempt: () => Promise<unknown>,
  expected: ExpectedError,
  what: string,
): Promise<void> {
  let answer: unknown;
  try {
    answer = await attempt();
  } catch (error) {
    checkError(error, expected, what);
    return;
  }
  throw new Error(`${what}: expected ${print(expected)}, but it resolved with ${print(answer)}`);
}

function checkError(error: unknown, expected: ExpectedError, what: string): void {
  const seen = error as Readonly<Record<string, unknown>>;
  const { says = [], ...fields } = expected;
  for (const [field, value] of Object.entries(fields))
    expectEqual(seen[field], value, `${what}: ${field} of the error (${String(error)})`);
  for (const part of says)
    if (!String(seen['message']).includes(part))
      throw new Error(`${what}: expected a message with ${print(part)}, saw ${String(error)}`);
}

/** `pairs` holds the enclosing values under comparison, so that a cycle ends. */
function isSame(a: unknown, b: unknown, pairs: Map<unknown, unknown>): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (pairs.get(a) === b) return true;
  pairs.set(a, b);
  const kind = Object.prototype.toString.call(a);
  if (kind !== Object.prototype.toString.call(b)) return false;
  if (kind === '[object Date]') return Object.is(Number(a), Number(b));
  // `instanceof` would fail in Jest, where structured clone makes errors of another realm.
  if (kind === '[object Map]' || kind === '[object Set]')
    return isSame([...(a as Iterable<unknown>)], [...(b as Iterable<unknown>)], pairs);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key), pairs),
    )
  );
}

/** A value as text for the message of a failure. */
function print(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 4) return '…';
  if ('message' in value) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => print(item, depth + 1)).join(', ')}]`;
  const fields = Object.entries(value).map(([key, item]) => `${key}: ${print(item, depth + 1)}`);
  return `{ ${fields.join(', ')} }`;
}
