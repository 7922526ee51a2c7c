// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { findNatsServer, HOW_TO_GET_NATS } from './find-nats-server.mjs';
import { findPostgres, howToGetPostgres } from './find-postgres.mjs';
import { installDebianPackages, isRootOnDebian } from './get-engines.mjs';

const SERVERS = [
  { find: findNatsServer, howToGet: HOW_TO_GET_NATS, debianPackage: 'nats-server' },
  { find: findPostgres, howToGet: howToGetPostgres, debianPackage: 'postgresql' },
];

const missing = () => SERVERS.filter(({ find }) => find() === undefined);

/**
 * Installs the servers that are missing, where that is possible. Returns how to get each of the others. The tests that need them are
 * skipped.
 *
 * @returns {readonly string[]}
 */
export function getServers() {
  const wanted = missing().map(({ debianPackage }) => debianPackage);
  if (wanted.length > 0 && isRootOnDebian()) installDebianPackages(wanted);
  return missing().map(({ howToGet }) => howToGet);
}
