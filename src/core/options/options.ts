import type { WhenFull } from '../events/message.ts';
import type { KeepAlive } from '../runtime/hold.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { Runtime } from '../runtime/runtime.ts';

export const WHEN_FULL: readonly WhenFull[] = ['reject', 'drop-oldest'];

/** A short text for any value, for error messages. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 150));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** `Array.isArray` throws for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Throws a `TypeError` that names the option, the expectation and the value. */
export function refuse(option: string, expectation: string, value: unknown): never {
  throw new TypeError(`${option} must be ${expectation}, got ${show(value)}`);
}

/** Dead letters that a backend keeps for each channel by default. */
export const DEFAULT_MAX_DEAD_LETTERS = 10_000;

/** Throws unless `value` is a whole number from `from`. The error text names milliseconds for an option that ends in `Ms`. */
export function checkWholeNumber(option: string, value: unknown, from: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= from) return value as number;
  const unit = /(^m|M)s$/.test(option) ? ' of milliseconds' : '';
  const most =
    Number.isInteger(value) && (value as number) > 0 ? ` to ${Number.MAX_SAFE_INTEGER}` : '';
  return refuse(option, `a whole number${unit} from ${from}${most}`, value);
}

/** Throws unless `value` is a whole number from 1, or `Infinity` for no limit. */
export function checkWholeNumberOrInfinity(option: string, value: unknown): void {
  if (value === Number.POSITIVE_INFINITY) return;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  refuse(option, 'a whole number from 1, or Infinity', value);
}

/** Throws unless `value` is one of `choices`. */
export function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const shown = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : choice));
  refuse(option, shown.join(' or '), value);
}

/**
 * Settings for all channels of a client, for one channel, or for one call. The most specific value counts. Zero is zero, and
 * never means the default. A value out of range is a `TypeError`.
 */
export interface ChannelSettings {
  /**
   * Duration of a lease in milliseconds, from 1; default 30,000. No other consumer receives the event meanwhile. A lease that
   * is too short repeats work that still runs. A long lease delays the events of a consumer that crashed.
   */
  readonly leaseMs?: number | undefined;
  /**
   * Longest wait of one `dequeue` in milliseconds, from 0; default 1,000. A hint that is lost delays an event by at most this
   * time. A short interval costs more scans while the channel is idle.
   */
  readonly pollIntervalMs?: number | undefined;
  /**
   * Deliveries after which a failing event becomes a dead letter, from 1; default 25, which takes about 42 minutes on average
   * with the default back-off. `Infinity`: the event is retried for ever.
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Longest time for which the lease of a running handler is extended, in milliseconds, from 1; default 600,000. The event of
   * a handler that hangs is delivered to another consumer after that.
   */
  readonly maxHoldMs?: number | undefined;
  /**
   * Handlers of one listener that run at the same time, from 1; default 1. The listener may lease as many events more whose
   * handlers have returned and which are being acknowledged.
   */
  readonly concurrency?: number | undefined;
  /** Upper limit of the first random back-off, in milliseconds, from 0; default 1,000. It doubles with each attempt. 0 retries at once. */
  readonly backoffBaseMs?: number | undefined;
  /** Upper limit of every back-off, in milliseconds, from 0; default 300,000. */
  readonly backoffMaxMs?: number | undefined;
  /** Estimated size in bytes above which `publish` rejects with `too-large`, from 1; default 1,048,576. */
  readonly maxEventBytes?: number | undefined;
  /**
   * How long the `id` of a publish is remembered, in milliseconds, from 0; default 86,400,000, one day. A repeated publish
   * within this time stores nothing. A long window costs storage for each id. Needs the capability `id`.
   */
  readonly dedupeWindowMs?: number | undefined;
  /**
   * The most events that may wait in the channel, from 1; default `Infinity`. Counted are the events that are ready or scheduled,
   * not those that are leased. A publish that would exceed the number rejects with `backlog-full`, and stores nothing. Each
   * publish then costs a count of the channel. Not for `listen`. Needs the capability `maxBacklog`.
   */
  readonly maxBacklog?: number | undefined;
  /** What a publish does that would exceed `maxBacklog`; default `'reject'`. Not for `listen`. */
  readonly whenFull?: WhenFull | undefined;
  /**
   * How long the result of an event is kept after its end, in milliseconds, from 0; default 0: an acknowledged event is removed
   * at once. A longer time costs storage for each event. Not for `listen`. Needs the capability `retentionMs`.
   */
  readonly retentionMs?: number | undefined;
  /** Whether the event is acknowledged when its handler returns; default true. With `false` the handler settles the event. */
  readonly autoAck?: boolean | undefined;
  /**
   * When a Node process is kept alive; default `'work'`: while a caller waits for an answer, while a handler runs, or while a
   * listener waits for an event with a known due time (a delay, a retry, the end of a lease). `true`: also while a listener
   * is idle. `false`: never, so that the process may end during a wait or a handler.
   */
  readonly keepAlive?: KeepAlive | undefined;
}

/** Options that all have a value. */
export type Resolved<Options> = {
  readonly [Option in keyof Options]-?: Exclude<Options[Option], undefined>;
};

export type ResolvedSettings = Resolved<ChannelSettings>;

export const DEFAULT_SETTINGS: ResolvedSettings = {
  leaseMs: 30_000,
  pollIntervalMs: 1_000,
  maxAttempts: 25,
  maxHoldMs: 600_000,
  concurrency: 1,
  backoffBaseMs: 1_000,
  backoffMaxMs: 300_000,
  maxEventBytes: 1_048_576,
  dedupeWindowMs: 86_400_000,
  maxBacklog: Number.POSITIVE_INFINITY,
  whenFull: 'reject',
  retentionMs: 0,
  autoAck: true,
  keepAlive: 'work',
};

/** The minimum of an option, all its values, or a function that throws for other values. */
type Rule = number | readonly unknown[] | ((option: string, value: unknown) => void);
export type Rules<T> = Readonly<Record<keyof T, Rule>>;

export const SETTING_RULES: Rules<ChannelSettings> = {
  leaseMs: 1,
  pollIntervalMs: 0,
  maxAttempts: checkWholeNumberOrInfinity,
  maxHoldMs: 1,
  concurrency: 1,
  backoffBaseMs: 0,
  backoffMaxMs: 0,
  maxEventBytes: 1,
  dedupeWindowMs: 0,
  maxBacklog: checkWholeNumberOrInfinity,
  whenFull: WHEN_FULL,
  retentionMs: 0,
  autoAck: [true, false],
  keepAlive: ['work', true, false],
};

/** `base` with the options that `given` sets. Throws a `TypeError` for unknown names and values out of range. */
export function applyOptions<T extends object>(
  base: T,
  given: object | undefined,
  rules: Rules<T>,
): T {
  if (given === undefined) return base;
  checkOptions(given);
  let applied = base;
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(rules, option)) throw new TypeError(`there is no option ${show(option)}`);
    const rule = rules[option as keyof T];
    const value = (given as Readonly<Record<string, unknown>>)[option];
    if (value === undefined) continue;
    if (typeof rule === 'number') checkWholeNumber(option, value, rule);
    else if (typeof rule === 'function') rule(option, value);
    else checkChoice(option, value, rule);
    if (applied === base) applied = { ...base };
    (applied as Record<string, unknown>)[option] = value;
  }
  return applied;
}

/** Throws unless `value` is an object, for options that have a required part. `expectation` names the part. */
export function requireOptions(value: unknown, name = 'options', expectation = 'an object'): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(name, expectation, value);
}

/** For a backend in place of the options around it, the error names the option. */
export function requireChannelOptions(options: object): void {
  requireOptions(options, 'options', 'an object with backend');
  if ('backendName' in options) refuse('options', 'an object with backend', options);
}

export function checkRuntime(runtime: Runtime): void {
  if (typeof runtime?.after !== 'function') refuse('runtime', 'a Runtime', runtime);
}

/** Checks by shape, because a signal may come from another realm. */
export function checkSignal(signal: PlatformAbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    refuse('signal', 'an AbortSignal', signal);
}

/** Throws unless `value` is an object or undefined. A number or an array in place of options would be ignored otherwise. */
export function checkOptions(value: unknown, name?: string): void {
  if (value !== undefined) requireOptions(value, name);
}
