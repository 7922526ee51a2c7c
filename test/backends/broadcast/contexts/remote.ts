import type { MemberReport, MemberSettings } from './member.ts';
import type { WorkerKind } from './page.ts';
import type { AnswerOf, ArgumentOf, Verb } from './remote-member.ts';

/** Runs functions in a page. A Playwright page, or a tab of any engine. */
export interface Evaluator {
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
}

export function addressOf(url: string, name: string, settings: MemberSettings = {}): string {
  const search = new URLSearchParams({ name, settings: JSON.stringify(settings) });
  return `${url}/?${search}`;
}

/** Calls one member of a test from Node. The member is in a tab, or in a worker that a tab can reach. */
export class RemoteMember {
  readonly name: string;
  readonly #page: Evaluator;

  constructor(name: string, page: Evaluator) {
    this.name = name;
    this.#page = page;
  }

  static async startWorker(page: Evaluator, kind: WorkerKind, name: string): Promise<RemoteMember> {
    await page.evaluate(([what, called]) => window.startMember(what, called), [
      kind,
      name,
    ] as const);
    return new RemoteMember(name, page);
  }

  async call<V extends Verb>(
    verb: V,
    ...[argument]: ArgumentOf<V> extends undefined ? [] : [ArgumentOf<V>]
  ): Promise<AnswerOf<V>> {
    const answer = await this.#page.evaluate(
      ([name, wanted, given]) => window.callMember(name, wanted, given),
      [this.name, verb, argument] as const,
    );
    return answer as AnswerOf<V>;
  }
}

export function reportsOf(members: readonly RemoteMember[]): Promise<MemberReport[]> {
  return Promise.all(members.map((member) => member.call('report')));
}

/** The numbers from 1 to `count`, in order. */
export function countingTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
