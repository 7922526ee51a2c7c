/** Whether a value is as expected. `whole` is the object that has it as a field. */
export type Check = (value: unknown, whole?: unknown) => boolean;

export type Shape = Readonly<Record<string, Check>>;

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A whole number from 1. */
export function isPositiveCount(value: unknown): value is number {
  return isCount(value) && value > 0;
}

/** The value of an own data property. Reading it runs no code of the object, and nothing comes from its prototype. */
export function fieldOf(value: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** An object in which each field of `shape` passes its check. Other fields may have any value. */
export function isShaped(shape: Shape): Check {
  const fields = Object.entries(shape);
  return (value) =>
    isObject(value) && fields.every(([name, check]) => check(fieldOf(value, name), value));
}

/** An array of at most `maxLength` items that all pass the check. */
export function isArrayOf(check: Check, maxLength: number): Check {
  // `findIndex` and not `every`, which skips holes.
  return (value, whole) =>
    Array.isArray(value) &&
    value.length <= maxLength &&
    value.findIndex((item) => !check(item, whole)) < 0;
}
