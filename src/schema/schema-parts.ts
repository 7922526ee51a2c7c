import type { Capabilities } from '../core/protocols/capability.ts';
import type { RefusalReports } from '../core/reports/refusal-reports.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { ChannelRule } from './channel-rules.ts';

/** What the methods of a backend with schemas share. */
export interface SchemaParts {
  readonly rules: ReadonlyMap<string, ChannelRule>;
  readonly reports: RefusalReports;
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
}
