import { availableParallelism, totalmem } from 'node:os';

/** What a reader needs to judge the figures. Nothing identifies the machine. */
export interface Machine {
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly browser: string | null;
}

export function describeMachine(browser: string | undefined): Machine {
  return {
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    browser: browser ?? null,
  };
}
