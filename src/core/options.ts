import type { KeepAlive } from './hold.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { Runtime } from './runtime.ts';

/** A value as an error message shows it: short, and safe for anything that a caller may pass. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 150));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Of a proxy that was revoked `Array.isArray` throws. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Throws the one form of refusal: option, expectation, value. */
export function refuse(option: string, expectation: string, value: unknown): never {
  throw new TypeError(`${option} must be ${expectation}, got ${show(value)}`);
}

/** How many dead letters a backend keeps of each channel where it is not told. */
export const DEFAULT_MAX_DEAD_LETTERS = 10_000;

/** A name that ends in `Ms` is a time. */
export function checkWholeNumber(option: string, value: unknown, from: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= from) return value as number;
  const unit = /(^m|M)s$/.test(option) ? ' of milliseconds' : '';
  const most =
    Number.isInteger(value) && (value as number) > 0 ? ` to ${Number.MAX_SAFE_INTEGER}` : '';
  return refuse(option, `a whole number${unit} from ${from}${most}`, value);
}

/** For a limit that may be none. */
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

/** Settings of a channel: of all channels of a client, or of one of them, or of one listener. */
export interface ChannelSettings {
  /** How long a delivery is hidden from others, in milliseconds, from 1; default 30,000. Too short repeats work that is still running, too long delays what a crash left behind. */
  readonly leaseMs?: number | undefined;
  /** How long one look for events waits, in milliseconds, from 0; default 1,000. The most that a lost hint can cost. */
  readonly pollIntervalMs?: number | undefined;
  /** Deliveries after which a failing event is dead-lettered, from 1; default 25: with the default back-off about 42 minutes on average. `Infinity`: it is tried for ever. */
  readonly maxAttempts?: number | undefined;
  /** How long a running handler's lease is extended at the most, in milliseconds, from 1; default 600,000. After it a hung handler's event goes to others. */
  readonly maxHoldMs?: number | undefined;
  /** Handlers of one listener that run at once, from 1; default 1. As many events more may be leased while they are being acknowledged. */
  readonly concurrency?: number | undefined;
  /** Ceiling of the first random back-off, in milliseconds, from 0; default 1,000. 0 retries at once. */
  readonly backoffBaseMs?: number | undefined;
  /** Ceiling of every back-off, in milliseconds, from 0; default 300,000. */
  readonly backoffMaxMs?: number | undefined;
  /** Estimated size above which an event is refused with `too-large`, in bytes, from 1; default 1,048,576. */
  readonly maxEventBytes?: number | undefined;
  /** Whether a handler that returns acknowledges its event; default true. `false` leaves settling to the handler. */
  readonly autoAck?: boolean | undefined;
  /**
   * When a Node process is kept alive; default `'work'`: while a caller waits for an answer, a handler runs, or a listener
   * waits for something that is known to come (a delay, a retry, the end of a lease). `true`: also while a listener is
   * idle, until it stops. `false`: never, so that the process may end in the middle of a wait or a handler.
   */
  readonly keepAlive?: KeepAlive | undefined;
}

/** Options of which each has a value. */
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
  autoAck: true,
  keepAlive: 'work',
};

/** The least that each option may be, or all that it may be, or what refuses a value. */
type Rule = number | readonly unknown[] | ((option: string, value: unknown) => void);
type Rules<T> = Readonly<Record<keyof T, Rule>>;

export const SETTING_RULES: Rules<ChannelSettings> = {
  leaseMs: 1,
  pollIntervalMs: 0,
  maxAttempts: checkWholeNumberOrInfinity,
  maxHoldMs: 1,
  concurrency: 1,
  backoffBaseMs: 0,
  backoffMaxMs: 0,
  maxEventBytes: 1,
  autoAck: [true, false],
  keepAlive: ['work', true, false],
};

/** `base` with what `given` sets; refuses what is no object, unknown names, and values out of range. */
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

/** For options that something is required in. */
export function requireOptions(value: unknown, name = 'options'): void {
  if (value === undefined) refuse(name, 'an object', value);
  checkOptions(value, name);
}

export function checkRuntime(runtime: Runtime): void {
  if (typeof runtime?.after !== 'function') refuse('runtime', 'a Runtime', runtime);
}

/** By shape, since a signal may come from another realm. */
export function checkSignal(signal: PlatformAbortSignal | undefined): void {
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    refuse('signal', 'an AbortSignal', signal);
}

/** Options are one plain object: anything else is a mistake that would otherwise pass unseen. */
export function checkOptions(value: unknown, name = 'options'): void {
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
    refuse(name, 'an object', value);
}
