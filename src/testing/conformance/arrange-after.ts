import type { PublishOptions } from '../../core/events/message.ts';
import { CHANNEL, type FullBackend } from './arrange.ts';

/** How long the result of an event is kept that others wait for. */
export const RETENTION_MS = 60_000;

/** Publishes an event that others can wait for. */
export function publishFirst(
  backend: FullBackend,
  payload: unknown = 'first',
  options: PublishOptions = {},
): Promise<string> {
  return backend.publish(CHANNEL, payload, null, { retentionMs: RETENTION_MS, ...options });
}

export function publishAfter(
  backend: FullBackend,
  after: string,
  payload: unknown,
  options: PublishOptions = {},
): Promise<string> {
  return backend.publish(CHANNEL, payload, null, { after, ...options });
}
