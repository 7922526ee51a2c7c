import { LocalNotifier } from '../../queue/notifier.ts';
import type { SqliteConnection } from './connection.ts';
import type { SqliteDatabase } from './sqlite-handle.ts';

/** The backends of this thread that use one database, over one handle or several. They wake each other without a poll. */
export class DatabaseHub {
  readonly notifier: LocalNotifier = new LocalNotifier();
  /** Called after each commit of this thread, and when another connection has committed. */
  readonly watchers: Set<() => void> = new Set();
  /** Each wakes one consumer that waits. */
  readonly waiters: Set<() => void> = new Set();

  noteChange(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Another thread or process has changed something. */
  noteForeignChange(): void {
    for (const wake of [...this.waiters]) wake();
    this.noteChange();
  }
}

/** The hubs of the files in use, and how many backends use each. */
const files = new Map<string, { readonly hub: DatabaseHub; users: number }>();
/** The hubs of databases without a file. */
const handles = new WeakMap<SqliteDatabase, DatabaseHub>();

/** The hub of the connection's database, until the returned function is called. */
export function enterHub(connection: SqliteConnection): {
  readonly hub: DatabaseHub;
  readonly leave: () => void;
} {
  const { database } = connection.parts;
  const file = fileOf(connection);
  if (file === '') {
    const hub = handles.get(database) ?? new DatabaseHub();
    handles.set(database, hub);
    return { hub, leave: () => undefined };
  }
  const entry = files.get(file) ?? { hub: new DatabaseHub(), users: 0 };
  entry.users += 1;
  files.set(file, entry);
  const leave = () => {
    entry.users -= 1;
    if (entry.users === 0) files.delete(file);
  };
  return { hub: entry.hub, leave };
}

/** The absolute path of the main database. Empty for one in memory. The handle is asked, and no lock is needed. */
function fileOf(connection: SqliteConnection): string {
  const lists = connection.all<{ name: string; file: string | null }>('PRAGMA database_list');
  return lists.find(({ name }) => name === 'main')?.file ?? '';
}
