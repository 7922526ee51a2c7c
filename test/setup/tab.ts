import { until } from '../support/until.ts';
import type { EngineName } from './engine-names.mjs';

/** What an engine implements for one tab. */
export interface TabDriver {
  /** Runs an expression in the page. Resolves with its value, or with the value of its promise. */
  run(expression: string): Promise<unknown>;
  /** Closes the tab as a visitor does. */
  close(): Promise<void>;
  /** Ends the process of the page without an event in the page. */
  crash(): Promise<void>;
}

export interface EngineOptions {
  /** Whether its windows are private, so their data is deleted with them. */
  readonly isPrivate?: boolean;
}

/** A browser whose tabs share one profile on disk. */
export interface Engine {
  readonly name: EngineName;
  /** Why this engine cannot crash a tab, or null if it can. */
  readonly crashFault: string | null;
  openTab(url: string): Promise<Tab>;
  /** Sends SIGKILL to all of its processes. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** One tab of any engine. Functions are sent as text, so they see only the scope of the page. */
export class Tab {
  readonly #driver: TabDriver;

  constructor(driver: TabDriver) {
    this.#driver = driver;
  }

  evaluate<Result>(run: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  async evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument?: Argument,
  ): Promise<Result> {
    const result = await this.#driver.run(`(${run})(${JSON.stringify(argument)})`);
    return result as Result;
  }

  async waitFor(condition: () => boolean): Promise<void> {
    await until(() => this.evaluate(condition), `a page that says ${condition}`);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  crash(): Promise<void> {
    return this.#driver.crash();
  }
}
