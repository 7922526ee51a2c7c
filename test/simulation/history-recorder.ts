import type { HistoryOutcome, HistoryRecord } from '../../src/testing/history/history-record.ts';
import type { SimulatedContext } from './simulated-context.ts';

type Begun = Omit<HistoryRecord, 'context' | 'invoked' | 'time' | 'outcome'>;
type Ended = Partial<Omit<HistoryRecord, 'context' | 'invoked' | 'time'>>;

/** A call that has not ended. */
interface OpenCall {
  readonly begun: Begun;
  readonly invoked: number;
}

/** Writes down what the contexts of a simulation do, by the time of its world. */
export class HistoryRecorder {
  readonly records: HistoryRecord[] = [];
  readonly #open = new Map<SimulatedContext, Set<OpenCall>>();

  /** A context that ends leaves its open calls without an answer. */
  watch(context: SimulatedContext): void {
    const open = new Set<OpenCall>();
    this.#open.set(context, open);
    context.whenEnded(() => {
      for (const call of open) this.#write(context, call, { outcome: 'unknown' });
      open.clear();
      this.note(context, { operation: 'end', channel: '' });
    });
  }

  /** Records a call from its begin to its end. What it throws is passed on. */
  async call<T>(
    context: SimulatedContext,
    begun: readonly Begun[],
    call: () => Promise<T>,
    end: (answer: T) => readonly Ended[],
  ): Promise<T> {
    const { time } = context.world;
    const calls = begun.map((one) => ({ begun: one, invoked: time }));
    const open = this.#open.get(context);
    for (const one of calls) open?.add(one);
    const finish = (endings: readonly Ended[]) => {
      for (const [index, one] of calls.entries())
        if (open?.delete(one)) this.#write(context, one, endings[index] ?? {});
    };
    try {
      const answer = await call();
      finish(end(answer));
      return answer;
    } catch (error) {
      finish(begun.map((one) => ({ outcome: outcomeOf(one, error) })));
      throw error;
    }
  }

  /** Records what takes no time. */
  note(context: SimulatedContext, record: Begun & Ended, invoked = context.world.time): void {
    this.#write(context, { begun: record, invoked }, record);
  }

  #write(context: SimulatedContext, { begun, invoked }: OpenCall, ended: Ended): void {
    const { name, world } = context;
    const record = { context: name, invoked, time: world.time, outcome: 'ok' as const };
    this.records.push({ ...record, ...begun, ...ended });
  }
}

/**
 * A call that was refused for want of room, or because its channel was shut down, has had no effect. A redrive or purge that ends
 * so may have taken a step.
 */
function outcomeOf({ operation }: Begun, error: unknown): HistoryOutcome {
  const { code } = Object(error) as { code?: unknown };
  if (operation === 'redrive' || operation === 'purge') return 'unknown';
  return code === 'quota' || code === 'closed' ? 'failed' : 'unknown';
}
