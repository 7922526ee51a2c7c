// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { findNatsServer, HOW_TO_GET_NATS } from './find-nats-server.mjs';
import { installDebianPackages, isRootOnDebian } from './get-engines.mjs';

/**
 * Installs the NATS server where that is possible. Returns how to get it if it is missing, and nothing otherwise. The tests that need it are skipped
 * without it.
 *
 * @returns {readonly string[]}
 */
export function getNatsServer() {
  if (findNatsServer() === undefined && isRootOnDebian()) installDebianPackages(['nats-server']);
  return findNatsServer() === undefined ? [HOW_TO_GET_NATS] : [];
}
