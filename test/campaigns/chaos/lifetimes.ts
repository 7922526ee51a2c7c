import type { ContextKind } from './chaos-messages.ts';

/** One incarnation of a context, as far as the runner knows it. Times are epoch milliseconds. */
export interface KnownContext {
  readonly name: string;
  readonly tab: string;
  readonly kind: ContextKind;
  readonly origin: number;
  /** When it certainly ran last. */
  lastAt: number;
  /** Whether it reported its own end. */
  isStopped: boolean;
}

/**
 * Something that ends contexts.
 *
 * - `tab`: the page of the tab, and its worker.
 * - `page`: only the page: it is frozen, and gets a new incarnation.
 * - `worker`: only the worker of the tab.
 * - `process`: unknown contexts of a process that several tabs may share.
 * - `browser`: all contexts.
 */
export interface Ending {
  readonly reach: 'tab' | 'page' | 'worker' | 'process' | 'browser';
  /** For `tab`, `page` and `worker`. */
  readonly tab?: string;
  /** Just before the command that ends them. */
  readonly at: number;
  /** What the end counts as, for the time until redelivery. */
  readonly cause: 'crash' | 'kill' | 'leave';
}

export interface EndOfContext {
  /** Not later than the real end, so that the leases of the context do not seem to exclude others for longer than they did. */
  readonly at: number;
  /** When the command that ended the context was given. */
  readonly commandAt: number;
  readonly cause: Ending['cause'] | 'unknown';
}

/** A context reports several times a second. One that was silent for longer had ended before the command. */
const SILENCE_MS = 2_000;

/** When a context ended, or null if it reported its end itself. */
export function endOf(context: KnownContext, endings: readonly Ending[]): EndOfContext | null {
  if (context.isStopped) return null;
  const { lastAt, origin } = context;
  const [first] = endings
    .filter((ending) => ending.at > origin && mayEnd(ending, context))
    .sort((left, right) => left.at - right.at);
  if (!first || first.at - lastAt > SILENCE_MS)
    return { at: lastAt, commandAt: lastAt, cause: 'unknown' };
  return { at: Math.min(first.at, lastAt), commandAt: first.at, cause: first.cause };
}

function mayEnd({ reach, tab, at }: Ending, context: KnownContext): boolean {
  if (reach === 'browser') return true;
  // It is not known which contexts share a process, or with which process a shared worker ends. A context that ran after the
  // command was in another process.
  if (reach === 'process' || context.kind === 'shared') return context.lastAt <= at;
  return context.tab === tab && (reach === 'tab' || reach === context.kind);
}
