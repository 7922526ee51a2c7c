import { requireCapability } from '../core/delivery/settler.ts';
import { refuse } from '../core/options/options.ts';
import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import type { Capabilities } from '../core/protocols/capability.ts';
import { decoratedBackend } from '../core/protocols/decorated-backend.ts';
import {
  type AsyncEventBackend,
  isAsyncEventBackend,
  isSyncEventBackend,
  type SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { RefusalReports } from '../core/reports/refusal-reports.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { asyncMethods } from './async-methods.ts';
import { type Codec, checkCodec, type SyncCodec } from './codec-options.ts';
import { decodeShown } from './decode-event.ts';
import { syncMethods } from './sync-methods.ts';

/**
 * The same backend, which stores encoded payloads, metadata, errors and reasons of rejects, such as encrypted ones. Ids and keys
 * are encoded if `ids` and `keys` are given. `encode` and `decode` run before and after the transactions of the storage, never in
 * them. `maxEventBytes` limits what is stored, so it counts encoded bytes.
 *
 * An event that does not decode is not delivered. It becomes a dead letter with the reason `undecodable`, and can be redriven.
 * `decode` can throw a `RetryError` instead, which postpones the event.
 *
 * Share the returned backend between channels: the shutdown of its last channel shuts the given backend down. Over a synchronous
 * backend the codec must be synchronous. Errors: `TypeError` for invalid options; `unsupported` without the capability `reject`.
 *
 * @example
 * const backend = withCodec(indexedDbBackend({ database: 'shop' }), { encode: encrypt, decode: decrypt });
 * const events = new EventChannel({ backend });
 */
export function withCodec<Backend extends AsyncEventBackend | SyncEventBackend>(
  backend: Backend,
  codec: Backend extends SyncEventBackend ? SyncCodec : Codec,
): Backend {
  const isAsync = isAsyncEventBackend(backend);
  if (!isAsync && !isSyncEventBackend(backend)) refuse('backend', 'an event backend', backend);
  const checked = checkCodec(codec);
  requireCapability(backend, 'reject', 'withCodec');
  const reports = new RefusalReports(backend, 'undecodable');
  const { runtime = systemRuntime, capabilities = {} } = backend;
  const encodesNotes = !capabilities.publishConfirmed;
  const parts = { codec: checked, reports, runtime, capabilities, encodesNotes };
  const { inspected } = backend as { readonly inspected?: object };
  return decoratedBackend(backend, {
    ...(isAsync ? asyncMethods(backend, parts) : syncMethods(backend, parts)),
    capabilities: Object.freeze({ ...withoutResults(capabilities), observe: true }),
    observe: reports.observe,
    ...(inspected && {
      inspected: { ...inspected, shown: (event: BrowsedEvent) => decodeShown(checked, event) },
    }),
  }) as Backend;
}

/** A kept reply would not be encoded, so that a backend with a codec refuses retention. Receipts are not stored. */
function withoutResults(capabilities: Capabilities): Capabilities {
  if (!capabilities.retentionMs) return capabilities;
  const { retentionMs, reply, after, ...others } = capabilities;
  return others;
}
