import { asItIs, type CopyIn, copyOf } from '../core/admission.ts';
import { copyValue } from '../core/events/plain-copy.ts';

/** How a memory store keeps payloads and metadata from being changed; see `isolation` of `MemoryStoreOptions`. */
export type Isolation = 'clone' | 'none' | 'freeze';

/** The function by which each isolation stores a published value. */
export const COPY_IN: Readonly<Record<Isolation, CopyIn>> = {
  clone: copyOf,
  none: asItIs,
  freeze: (value, path, channel) => {
    copyOf(value, path, channel);
    return freezeDeep(value, new Set());
  },
};

export const ISOLATIONS: readonly string[] = Object.keys(COPY_IN);

/** The value that a consumer or a reader receives for a stored value. */
export function copyOut<T>(value: T, isolation: Isolation): T {
  return isolation === 'clone' ? copyValue(value) : value;
}

function freezeDeep(value: unknown, seen: Set<unknown>): unknown {
  // The platform refuses to freeze a view of a buffer.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (seen.has(value)) return value;
  seen.add(Object.freeze(value));
  for (const part of Object.values(value)) freezeDeep(part, seen);
  return value;
}
