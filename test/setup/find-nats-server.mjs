import { findExecutable, placesOnPath } from './find-executable.mjs';

export const HOW_TO_GET_NATS =
  'nats-server is missing: apt-get install nats-server, or set ACKLINE_NATS_SERVER';

/** @param {NodeJS.ProcessEnv} [env] */
export function findNatsServer(env = process.env) {
  const places = [...placesOnPath(['nats-server'], env), '/usr/sbin/nats-server'];
  return findExecutable('NATS server', ['ACKLINE_NATS_SERVER'], places, env);
}
