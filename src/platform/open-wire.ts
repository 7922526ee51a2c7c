/** A BroadcastChannel of that name; nothing where there is none, or where the origin may not use it. */
export function openWire(name: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  try {
    const wire = new BroadcastChannel(name);
    // Only Node's keeps a process alive.
    (wire as { unref?(): void }).unref?.();
    return wire;
  } catch {
    // Sandboxed frames and blocked storage: whoever asked goes on without.
    return undefined;
  }
}
