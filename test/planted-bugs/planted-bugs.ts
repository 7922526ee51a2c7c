import { CORE_BUGS } from './core-bugs.ts';
import { INDEXEDDB_BUGS } from './indexeddb-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [...CORE_BUGS, ...INDEXEDDB_BUGS];
