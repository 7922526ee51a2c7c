import type { Capabilities } from '../core/protocols/capability.ts';
import type { RefusalReports } from '../core/reports/refusal-reports.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Codec } from './codec-options.ts';

/** What the methods of a backend with a codec share. */
export interface CodecParts {
  readonly codec: Codec;
  readonly reports: RefusalReports;
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
  /** Whether the reasons of rejects are encoded. Where members answer the publisher, they are its answers, and not stored. */
  readonly encodesNotes: boolean;
}
