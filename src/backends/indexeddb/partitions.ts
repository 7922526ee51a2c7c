import { refuse, requireOptions } from '../../core/options/options.ts';
import { AcklineError } from '../../core/reports/errors.ts';
import type { PlatformIdbFactory } from '../../core/runtime/platform-types.ts';
import { checkBackendOptions, type IndexedDbBackendOptions } from './backend-options.ts';
import { databaseName, partitionOf } from './database/database-name.ts';
import { destroyDatabase } from './database/delete-database.ts';
import { platformFactory } from './database/platform-factory.ts';
import { storageError } from './database/storage-errors.ts';

/** The partition to purge. */
export interface PurgePartitionOptions
  extends Pick<IndexedDbBackendOptions, 'database' | 'indexedDB' | 'openTimeoutMs' | 'runtime'> {
  readonly partition: string;
}

/**
 * Deletes a partition with all of its events, as at sign-out, and resolves when it is gone. Backends of the partition end in every
 * context, this one included: listeners stop, calls reject with `closed`, whose cause has the code `destroyed`. What
 * they had stored is gone, and they store nothing more. A backend that is made later begins with an empty partition. A partition
 * that there is not is purged, too. Errors: `timeout` if a context that does not answer keeps the database open for
 * `openTimeoutMs`, and deletion follows when it ends; those of the storage.
 *
 * @example
 * await purgePartition({ database: 'shop', partition: user.id });
 */
export async function purgePartition(options: PurgePartitionOptions): Promise<void> {
  requireOptions(options);
  const checked = checkBackendOptions(options);
  if (!checked.isPartition) refuse('partition', 'the name of a partition', undefined);
  await destroyDatabase(checked);
}

/**
 * Resolves with the names of the partitions that there are, sorted. A partition is created with its first backend, also if nothing
 * is published. Errors: `unsupported` in a browser that cannot list databases (Firefox before 126); `storage`.
 *
 * @example
 * for (const partition of await partitions({ database: 'shop' }))
 *   if (partition !== user.id) await purgePartition({ database: 'shop', partition });
 */
export async function partitions(options: {
  readonly database: string;
  readonly indexedDB?: PlatformIdbFactory | undefined;
}): Promise<string[]> {
  requireOptions(options);
  const { database, indexedDB: factory = platformFactory() } = options;
  databaseName(database, undefined);
  if (!factory) return [];
  if (typeof factory.databases !== 'function')
    throw new AcklineError('unsupported', 'this browser cannot list databases');
  try {
    const all = await factory.databases();
    return all.flatMap(({ name }) => partitionOf(name, database) ?? []).sort();
  } catch (error) {
    throw storageError(error);
  }
}
