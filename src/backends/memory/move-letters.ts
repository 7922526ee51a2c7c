import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { redrivenEventOf } from '../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult, NewEvent } from '../../queue/event-store.ts';
import type { Isolation } from '../../queue/isolation.ts';
import type { Lanes } from './lanes.ts';
import { letGo } from './let-go.ts';

/** The parts of a store that hold its dead letters and take them back. */
export interface LetterParts {
  readonly lanes: Lanes;
  readonly isolation: Isolation;
  readonly runtime: Runtime;
  put(event: NewEvent): void;
  report(event: ObserverEvent): void;
}

/** Takes one step of a redrive or purge. */
export function moveLetters(store: LetterParts, step: LetterStep): LetterStepResult {
  const { channel, verb } = step;
  const isRedrive = verb === 'redrive';
  const { letters, result } = store.lanes.of(channel).dead.take(step, store.isolation);
  const redrivenAt = store.lanes.followClock(store.runtime.now());
  const events = (isRedrive ? letters : []).map((letter) => {
    return { ...redrivenEventOf(letter, redrivenAt), bytes: 0 };
  });
  for (const event of events) store.put(event);
  letGo(store, events);
  store.lanes.dropIfEmpty(channel);
  const count = letters.length;
  if (count > 0) store.report({ type: isRedrive ? 'redriven' : 'purged', channel, count });
  return result;
}
