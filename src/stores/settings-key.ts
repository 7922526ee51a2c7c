import type { ListenOptions } from '../core/channel-options.ts';

/** Equal for options with the same settings, so that a component may pass a new object each time. The `signal` is left out. */
export function settingsKey({ signal, ...settings }: ListenOptions): string {
  const set = Object.entries(settings).filter(([, value]) => value !== undefined);
  return String(set.map(([name, value]) => `${name}=${typeof value}:${value}`).sort());
}
