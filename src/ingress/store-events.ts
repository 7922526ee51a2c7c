import type { EventDraft } from '../core/events/message.ts';
import { codeOf } from '../core/reports/errors.ts';
import type { ResolvedIngress } from './ingress-options.ts';
import { Problem } from './problem.ts';
import { publishProblem } from './publish-problem.ts';

/**
 * Stores the drafts, in one step where the backend has one, and returns what became of each item: undefined if it is stored.
 * If the step fails, the drafts are stored one after the other, so that each has its own result: those that the step has
 * stored are known by their ids. The first transient problem ends that, because a later draft must not be stored before an
 * earlier one that comes again.
 */
export async function storeEvents(
  terms: ResolvedIngress,
  items: readonly (EventDraft | Problem)[],
): Promise<(Problem | undefined)[]> {
  const drafts = items.flatMap((item) => (item instanceof Problem ? [] : [item]));
  const problem = await tryStore(terms, drafts);
  let ending: Problem | undefined;
  const results: (Problem | undefined)[] = [];
  for (const item of items) {
    if (item instanceof Problem) results.push(item);
    else if (!problem || drafts.length === 1) results.push(problem);
    else {
      const result: Problem | undefined = ending ?? (await tryStore(terms, [item]));
      if (result?.isTransient) ending = result;
      results.push(result);
    }
  }
  return results;
}

async function tryStore(
  terms: ResolvedIngress,
  drafts: readonly EventDraft[],
): Promise<Problem | undefined> {
  try {
    await terms.events.publishMany(drafts);
    return undefined;
  } catch (error) {
    const problem = publishProblem(error, terms);
    if (problem.isTransient && codeOf(error) !== 'backlog-full') terms.onFault(error);
    return problem;
  }
}
