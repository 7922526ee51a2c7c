import type { PlantedBug } from './planted-bug.ts';

const MEMORY = 'memory, contexts: 2';
const DECORATED = `${MEMORY}, with schemas and a codec`;
const BATCHES = 'src/flow/batch-collector.ts';
const LISTENER = 'src/core/listening/channel-listener.ts';

/** Mistakes that random commands against the model of the tests show. */
export const MODEL_BUGS: readonly PlantedBug[] = [
  {
    name: 'a batch does not wait for others',
    file: BATCHES,
    from: 'else if (count === 1) this.#stopTimer = this.#after(maxWaitMs, () => this.#start());',
    to: 'else if (count === 1) this.#start();',
    model: MEMORY,
  },
  {
    name: 'the first result of a batch is that of each delivery',
    file: BATCHES,
    from: 'const result = end?.[index];',
    to: 'const result = end?.[index * 0];',
    model: MEMORY,
  },
  {
    name: 'a rate permits one handler more',
    file: 'src/flow/start-window.ts',
    from: 'return this.#limit - this.#count - this.waiting.size;',
    to: 'return this.#limit - this.#count - this.waiting.size + 1;',
    model: MEMORY,
  },
  {
    name: 'a listener that is paused in a claim starts the rest of it',
    file: LISTENER,
    from: "if (this.status === 'running') slots.start(handle);",
    to: "if (this.#status === 'running') slots.start(handle);",
    model: MEMORY,
  },
  {
    name: 'a listener that resumes does not claim',
    file: LISTENER,
    from: 'this.pauseReason = undefined;\n    this.#interrupt();',
    to: 'this.pauseReason = undefined;',
    model: MEMORY,
  },
  {
    name: 'memory: a claim leaves what an expired event has let go',
    file: 'src/backends/memory/memory-store.ts',
    from: 'hasBuried = buried.length > 0;',
    to: 'hasBuried = false;',
    model: MEMORY,
  },
  {
    name: 'memory: the contexts of a purged partition go on',
    file: 'src/backends/memory/memory-partitions.ts',
    from: 'endStore(part.store, partition);',
    to: '',
    model: MEMORY,
  },
  {
    name: 'a schema is not checked at delivery',
    file: 'src/schema/async-methods.ts',
    from: "return rule?.validate === 'delivery' ? rule : undefined;",
    to: "return rule?.validate === 'publish' ? rule : undefined;",
    model: DECORATED,
  },
  {
    name: 'events of an older version are not migrated',
    file: 'src/schema/present-payload.ts',
    from: 'migrate && stored < version ?',
    to: 'migrate && stored > version ?',
    model: DECORATED,
  },
  {
    name: 'a schema does not refuse a publish',
    file: 'src/schema/admit-draft.ts',
    from: "const output = outputOf(rule, copyOf(draft.payload, 'payload', rule.channel));",
    to: "const output = copyOf(draft.payload, 'payload', rule.channel);",
    model: DECORATED,
  },
  {
    name: 'an event that does not decode is retried at once',
    file: 'src/codec/refuse-undecodable.ts',
    from: "return { verb: 'reject', options: { error } };",
    to: "return { verb: 'nack', options: { error } };",
    model: DECORATED,
  },
];
