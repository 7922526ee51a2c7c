import { show } from './options.ts';

export const CHANNEL_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/;

/** Throws a `TypeError` unless `name` may name a channel. */
export function checkChannelName(name: unknown): asserts name is string {
  if (typeof name === 'string' && CHANNEL_NAME.test(name)) return;
  throw new TypeError(`channel must match ${CHANNEL_NAME}, got ${show(name)}`);
}
