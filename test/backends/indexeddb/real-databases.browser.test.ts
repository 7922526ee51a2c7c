// What Node tests over fake-indexeddb, over the real databases too. Not those that fake what a platform does.
import './foreign-database.test.ts';
import './hint-notifier.test.ts';
import './indexeddb-store.test.ts';
import './key-generators.test.ts';
import './large-claims.test.ts';
import './lease-mode.test.ts';
import './liveness.test.ts';
import './numeric-extremes.test.ts';
import './stolen-locks.test.ts';
