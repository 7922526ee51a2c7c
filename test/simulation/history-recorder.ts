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
  readonly records: HistoryRecord[];
  readonly #open: Map<SimulatedContext, Set<OpenCall>>;
  readonly #prefix: string;

  private constructor(
    prefix: string,
    records: HistoryRecord[],
    open: Map<SimulatedContext, Set<OpenCall>>,
  ) {
    this.#prefix = prefix;
    this.records = records;
    this.#open = open;
  }

  static create(): HistoryRecorder {
    return new HistoryRecorder('', [], new Map());
  }

  /**
   * Writes what is done in a partition into the same history. There its channels are `partition/channel`, so that no event of a
   * partition may reach another one.
   */
  of(partition: string): HistoryRecorder {
    return new HistoryRecorder(`${partition}/`, this.records, this.#open);
  }

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
    const calls = begun.map((one) => ({ begun: this.#named(one), invoked: time }));
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
    const named = this.#named(record);
    this.#write(context, { begun: named, invoked }, named);
  }

  #named<T extends Begun>(record: T): T {
    return { ...record, channel: `${this.#prefix}${record.channel}` };
  }

  #write(context: SimulatedContext, { begun, invoked }: OpenCall, ended: Ended): void {
    const { name, world } = context;
    const record = { context: name, invoked, time: world.time, outcome: 'ok' as const };
    this.records.push({ ...record, ...begun, ...ended });
  }
}

/** Calls of several steps, and those that are tried again where the answer of a commit was lost. */
const MAY_BE_DONE: ReadonlySet<string> = new Set([
  'redrive',
  'purge',
  'cancel',
  'create-group',
  'delete-group',
]);

/** Any other call that was refused for want of room, or because its channel was shut down, has had no effect. */
function outcomeOf({ operation }: Begun, error: unknown): HistoryOutcome {
  const { code } = Object(error) as { code?: unknown };
  if (MAY_BE_DONE.has(operation)) return 'unknown';
  return code === 'quota' || code === 'closed' ? 'failed' : 'unknown';
}
