// Covers src/backends/indexeddb/indexeddb-backend.ts
// Runs tests that Node runs over fake-indexeddb over real databases too, except those that replace parts of the platform.
import './database/foreign-database.test.ts';
import './database/guarded-writes.test.ts';
import './hints/hint-notifier.test.ts';
import './indexeddb-store.test.ts';
import './database/key-generators.test.ts';
import './scanning/large-claims.test.ts';
import './liveness/lease-mode.test.ts';
import './liveness/owner-lock.test.ts';
import './schema/numeric-extremes.test.ts';
import './liveness/stolen-owner-locks.test.ts';
