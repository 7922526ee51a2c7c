// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { findPostgres, howToGetPostgres } from './find-postgres.mjs';
import { installDebianPackages, isRootOnDebian } from './get-engines.mjs';

/** Installs the PostgreSQL server where that is possible. Returns what the tests leave out without it, or undefined. */
export function getPostgres() {
  if (findPostgres() === undefined && isRootOnDebian()) installDebianPackages(['postgresql']);
  return findPostgres() === undefined ? howToGetPostgres : undefined;
}
