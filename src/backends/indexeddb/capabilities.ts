import type { Capabilities } from '../../core/capability.ts';
import { CANCELLING_CAPABILITIES } from '../../queue/capabilities.ts';

export const CAPABILITIES: Capabilities = Object.freeze({
  ...CANCELLING_CAPABILITIES,
  replace: true,
  groups: true,
  retentionMs: true,
  reply: true,
  durability: true,
  maxHoldMs: true,
});
