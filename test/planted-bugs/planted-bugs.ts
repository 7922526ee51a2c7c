import { BROADCAST_BUGS } from './broadcast-bugs.ts';
import { CLAIM_BUGS } from './claim-bugs.ts';
import { CORE_BUGS } from './core-bugs.ts';
import { FEATURE_BUGS } from './feature-bugs.ts';
import { MODEL_BUGS } from './model-bugs.ts';
import { OUTBOX_BUGS } from './outbox-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { POSTGRES_BUGS } from './postgres-bugs.ts';
import { STORAGE_BUGS } from './storage-bugs.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...CORE_BUGS,
  ...CLAIM_BUGS,
  ...STORAGE_BUGS,
  ...BROADCAST_BUGS,
  ...OUTBOX_BUGS,
  ...FEATURE_BUGS,
  ...POSTGRES_BUGS,
  ...MODEL_BUGS,
];
