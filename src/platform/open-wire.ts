/** A BroadcastChannel. An open one with `keepsProcess` keeps its process alive, and cannot be kept from it. */
type PlatformWire = BroadcastChannel & { readonly keepsProcess?: boolean };

/** Node has it, Deno has not. */
type Unref = { unref?(): void };

/** Opens a BroadcastChannel. Undefined where the platform has none or the context may not use it. */
export function openWire(name: string): PlatformWire | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  try {
    const wire = new BroadcastChannel(name) as PlatformWire & Unref;
    if (wire.unref) wire.unref();
    else if (typeof process === 'object' && process.versions?.node)
      Object.assign(wire, { keepsProcess: true });
    return wire;
  } catch {
    // In sandboxed frames and with blocked storage. The caller works without it.
    return undefined;
  }
}

/** Node, Deno and Bun have it. A page does not have this field, even where a bundler adds a `process`. */
declare const process: { readonly versions?: { readonly node?: string } } | undefined;
