/** Deepest nesting of a value. V8's `structuredClone` runs out of stack between 2,000 and 4,000 levels. */
const MAX_DEPTH = 1_000;

/** The path at which a copy failed, and advice. */
export class CopyTrail {
  path = '';
  why =
    'publish plain data in its place: its raw value, a snapshot of it, or what a promise resolves with';
}

/**
 * A deep copy of `value`, of up to 1,000 levels:
 *
 * - Objects and arrays, also behind proxies, become plain ones with copies of their own enumerable properties that have string
 *   keys. `Map` and `Set` are copied by their entries.
 * - A view of a buffer becomes a view of a new buffer that has only the bytes of the view. A `Date` becomes a `Date`.
 * - Every other value is copied by `structuredClone`.
 *
 * An object that occurs twice is copied once, and cycles stay cycles. Errors: those of `structuredClone` and of getters. `trail`
 * then has the path.
 */
export function copyValue<T>(value: T, trail: CopyTrail = new CopyTrail()): T {
  return copyPart(value, new Map(), trail, 0) as T;
}

/** Whether {@link copyValue} can copy `value`. */
export function canBeCopied(value: unknown): boolean {
  try {
    copyValue(value);
    return true;
  } catch {
    return false;
  }
}

type Copies = Map<object, object>;
type Parts = Record<string, unknown>;
/** Copies one part of a `Map` or `Set`. */
type CopyOne = (part: unknown) => unknown;

function copyPart(value: unknown, copies: Copies, trail: CopyTrail, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return refusePart(value, trail);
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (depth === MAX_DEPTH) {
    trail.why = 'it is nested more than 1,000 levels deep';
    throw new RangeError(trail.why);
  }
  if (Array.isArray(value)) return copyArray(value, copies, trail, depth + 1);
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? copyObject(value, copies, trail, depth + 1)
    : copyOther(value, copies, trail, depth + 1);
}

function refusePart(value: unknown, trail: CopyTrail): never {
  trail.why = 'functions and symbols are no data: leave it out';
  throw new DOMException(`a ${typeof value} could not be cloned`, 'DataCloneError');
}

function copyObject(value: object, copies: Copies, trail: CopyTrail, depth: number): object {
  const copy = ownParts(value, trail);
  copies.set(value, copy);
  let at = '';
  try {
    for (at of Object.keys(copy)) {
      const part = copy[at];
      const partCopy = copyPart(part, copies, trail, depth);
      if (partCopy !== part) copy[at] = partCopy;
    }
  } catch (error) {
    trail.path = `.${at}${trail.path}`;
    throw error;
  }
  return copy;
}

/** Spreading copies an own property `__proto__` like any other property. */
function ownParts(value: object, trail: CopyTrail): Parts {
  try {
    const parts: Parts = { ...value };
    for (const symbol of Object.getOwnPropertySymbols(parts)) Reflect.deleteProperty(parts, symbol);
    return parts;
  } catch (error) {
    trail.path = throwingKey(value);
    throw error;
  }
}

function throwingKey(value: object): string {
  for (const key of Object.keys(value))
    try {
      Reflect.get(value, key);
    } catch {
      // The caller throws the error of this getter.
      return `.${key}`;
    }
  return '';
}

function copyArray(
  value: readonly unknown[],
  copies: Copies,
  trail: CopyTrail,
  depth: number,
): unknown[] {
  const copy: unknown[] = [];
  copies.set(value, copy);
  const keys = Object.keys(value);
  const isDense = keys.length === value.length && keys.at(-1) === `${value.length - 1}`;
  let at: string | number = 0;
  try {
    if (isDense)
      for (at = 0; at < keys.length; at += 1) copy.push(copyPart(value[at], copies, trail, depth));
    else {
      // The array has holes, or properties beside its items.
      copy.length = value.length;
      for (at of keys) {
        const part = copyPart(Reflect.get(value, at), copies, trail, depth);
        Object.defineProperty(copy, at, { ...ORDINARY, value: part });
      }
    }
  } catch (error) {
    trail.path = `[${at}]${trail.path}`;
    throw error;
  }
  return copy;
}

const ORDINARY = { writable: true, enumerable: true, configurable: true };

const TypedArray = Object.getPrototypeOf(Uint8Array);
/** The platform's name of a typed array. A subclass may have another name. */
const typeOfArray = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)?.get;

/** Types whose value is not in their properties. A proxy hides the tag of such a value. */
// biome-ignore lint/style/noRestrictedGlobals: a type, not a clock
const OPAQUE = [Date, RegExp, Error, Boolean, Number, String, TypedArray];

/** Recognises types by their tags, which work through proxies and in other realms. */
function copyOther(value: object, copies: Copies, trail: CopyTrail, depth: number): object {
  const copyOne: CopyOne = (part) => copyPart(part, copies, trail, depth);
  switch (Object.prototype.toString.call(value)) {
    case '[object Map]': {
      const copy = new Map<unknown, unknown>();
      copies.set(value, copy);
      for (const [key, part] of value as Map<unknown, unknown>)
        copy.set(copyOne(key), copyOne(part));
      return copy;
    }
    case '[object Set]': {
      const copy = new Set<unknown>();
      copies.set(value, copy);
      for (const part of value as Set<unknown>) copy.add(copyOne(part));
      return copy;
    }
    case '[object Object]':
      if (!OPAQUE.some((type) => value instanceof type))
        return copyObject(value, copies, trail, depth);
  }
  const copy = copyLeaf(value, trail);
  copies.set(value, copy);
  return copy;
}

function copyLeaf(value: object, trail: CopyTrail): object {
  if (ArrayBuffer.isView(value)) return copyView(value, typeOfArray?.call(value));
  if (Object.prototype.toString.call(value) === '[object Date]')
    // biome-ignore lint/style/noRestrictedGlobals: a value to carry, not a clock
    return new Date(Date.prototype.getTime.call(value));
  return cloneByPlatform(value, trail);
}

/** Copies only the bytes of the view. Its buffer may be much larger, as for most buffers of Node. */
function copyView({ buffer, byteOffset, byteLength }: ArrayBufferView, name = 'DataView'): object {
  // biome-ignore lint/style/noRestrictedGlobals: a type of array, by its name
  const View = Reflect.get(globalThis, name) as new (bytes: ArrayBuffer) => ArrayBufferView;
  // The first copy takes the bytes out of a buffer that may be shared memory.
  return new View(new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer);
}

function cloneByPlatform(value: object, trail: CopyTrail): object {
  if (typeof structuredClone === 'undefined') {
    trail.why = 'this context has no structuredClone to copy it with';
    throw new TypeError(trail.why);
  }
  return structuredClone(value);
}
