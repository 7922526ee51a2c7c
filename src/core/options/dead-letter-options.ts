import type { DeadReason } from '../events/death-reason.ts';
import type { DeadLetter } from '../events/message.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { GroupOptions } from './queue-name.ts';

export interface DeadLettersOptions extends GroupOptions {
  /** The most dead letters that one call returns, from 1; default 100. */
  readonly limit?: number | undefined;
  /** Where the page begins: after the letter with this `cursor`. Default: at the oldest letter. Needs the capability `cursor`. */
  readonly after?: string | undefined;
}

/** Which dead letters a `redrive` or `purge` takes: those that meet every condition. Without a condition, all. */
export interface LetterSelection<Payload = unknown> {
  /** Event ids. The call ends as soon as it has found each of them. An empty array takes nothing. */
  readonly ids?: readonly string[] | undefined;
  readonly reason?: DeadReason | undefined;
  /** Takes the letters with a lower `diedAt`, in epoch milliseconds. */
  readonly before?: number | undefined;
  /** Takes the letters for which it returns true. It may run twice for a letter. If it throws, the call rejects with its error. */
  readonly filter?: ((letter: DeadLetter<Payload>) => boolean) | undefined;
}

/** What a `redrive` and a `purge` have in common. */
export interface LetterOptions<Payload, Progress> extends LetterSelection<Payload>, GroupOptions {
  /** The most letters that the call takes, from 1; default: no limit. The oldest go first. */
  readonly limit?: number | undefined;
  /** Called after each step. If it throws, the call rejects with its error, and what is done stays done. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the call between two steps. It rejects with the signal's reason, and what is done stays done. */
  readonly signal?: PlatformAbortSignal | undefined;
}

/** Figures since the beginning of the call. `scanned`: how many dead letters were read. */
export interface RedriveProgress {
  readonly redriven: number;
  readonly scanned: number;
}

/** Figures since the beginning of the call. `scanned`: how many dead letters were read. */
export interface PurgeProgress {
  readonly purged: number;
  readonly scanned: number;
}

export interface RedriveOptions<Payload = unknown>
  extends LetterOptions<Payload, RedriveProgress> {}

export interface PurgeOptions<Payload = unknown> extends LetterOptions<Payload, PurgeProgress> {}
