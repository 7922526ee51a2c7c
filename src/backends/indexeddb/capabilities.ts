import type { Capabilities } from '../../core/protocols/capability.ts';
import { RETRYING_CAPABILITIES } from '../../queue/capabilities.ts';

/** Without those of features. */
export const CAPABILITIES: Capabilities = Object.freeze({
  ...RETRYING_CAPABILITIES,
  cursor: true,
  availableAt: true,
  ttlMs: true,
  priority: true,
  keys: true,
  browse: true,
  channels: true,
  watchStats: true,
  retentionMs: true,
  reply: true,
  durability: true,
  maxHoldMs: true,
});
