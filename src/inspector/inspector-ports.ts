import type { Runtime } from '../core/runtime/runtime.ts';
import type { Activity } from './activity.ts';
import type { InspectedSource } from './inspected-source.ts';
import type { Question } from './question-dialog.ts';
import type { ReceiptLog } from './receipt-log.ts';
import type { Ticker } from './ticker.ts';

/** What each view gets. */
export interface InspectorPorts {
  readonly source: InspectedSource;
  /** The clock of the backend, which leases and delays go by. */
  readonly runtime: Runtime;
  readonly ticker: Ticker;
  readonly activity: Activity;
  readonly receipts: ReceiptLog;
  /** Resolves with whether the visitor agrees. */
  readonly ask: (question: Question) => Promise<boolean>;
  /** Says the result of an action, also to screen readers. */
  readonly say: (text: string) => void;
  /** Shows an error until the same part of the inspector succeeds, which `undefined` says. */
  readonly fail: (part: string, error: unknown) => void;
  /** Aborts when the inspector leaves the page. */
  readonly signal: AbortSignal;
}

/** A part of the page with a life. */
export interface View {
  readonly element: HTMLElement;
  end(): void;
}
