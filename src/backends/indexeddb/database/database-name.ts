import { checkName } from '../../../core/admission.ts';
import { refuse } from '../../../core/options/options.ts';

/** Stands between the name of a database and that of a partition. The option `database` may not have it. */
const SEPARATOR = '\u241f';

/** The name of the database of a partition, or of events without one. Throws a `TypeError` for a bad name of either. */
export function databaseName(database: string, partition: string | undefined): string {
  if (typeof database !== 'string' || database === '')
    refuse('database', 'a name of at least one character', database);
  if (database.includes(SEPARATOR))
    refuse('database', `a name without ${SEPARATOR}, which stands before a partition`, database);
  if (partition === undefined) return database;
  checkName('partition', partition);
  return database + SEPARATOR + partition;
}

/** The partition whose database has this name. Undefined if it is not one of `database`. */
export function partitionOf(name: string | undefined, database: string): string | undefined {
  const start = database + SEPARATOR;
  return name?.startsWith(start) ? name.slice(start.length) : undefined;
}
