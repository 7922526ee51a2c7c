import type { Browser } from 'playwright';
import type { Kit } from './kit.ts';

export interface Tools {
  readonly kit: Kit;
  readonly browser: Browser;
}

/** What a newcomer does in one kind of project. */
export interface Project {
  readonly name: string;
  /** Whether it downloads a framework that this repository does not have. Only `--all` runs it. */
  readonly downloads?: true;
  /** Returns what was wrong, one text for each fault. */
  readonly run: (tools: Tools) => Promise<readonly string[]>;
}
