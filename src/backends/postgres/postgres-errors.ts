import { describeFailure } from '../../core/options/describe-failure.ts';
import { AcklineError, codeOf, QuotaError } from '../../core/reports/errors.ts';
import { partOf } from '../../core/runtime/part-of.ts';

/** SQLSTATE codes, of the appendix "PostgreSQL Error Codes" of its documentation. */
const UNIQUE_VIOLATION = '23505';
const NO_RIGHT = '42501';
const NO_TABLE = ['42P01', '3F000'];
const NO_COLUMN = '42703';
const READ_ONLY = '25006';
const FAILED_TRANSACTION = '25P02';
/** Serialization failure, deadlock, lock not available, and a canceled or timed out statement: it may be repeated. */
const BUSY = ['40001', '40P01', '55P03', '57014'];
/** Disk full, and a message of the operating system that says so. */
const FULL = '53100';
/** Ends of the server, its start, and too many connections. */
const GONE = [
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '08P01',
];
const WRONG_LOGIN = ['28000', '28P01'];
const NO_DATABASE = '3D000';
/** Data that the server refuses, or that goes beyond a limit of it. One event of several may be the reason. */
const DATA = /^(?:22|54)/;

/** Codes of Node's sockets and of the clients `postgres` and `pg`. */
const CONNECTION =
  /^(?:ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CONNECT\w*)$/;
/** `pg` has no code for these. */
const CONNECTION_SAID =
  /Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Cannot use a pool after calling end|PGlite is closed|database system is shutting down/i;

function sqlState(error: unknown): string {
  return String(partOf(error, 'code') ?? '');
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlState(partOf(error, 'cause')) === UNIQUE_VIOLATION;
}

/** Whether a statement that concerned several events may have failed for one of them. Nothing was stored. */
export function mayConcernOne(error: unknown): boolean {
  return DATA.test(sqlState(partOf(error, 'cause')));
}

export function isUnavailable(error: unknown): boolean {
  return codeOf(error) === 'unavailable';
}

/** The error of a call whose statement failed. */
export function postgresError(cause: unknown, table: string): AcklineError {
  if (codeOf(cause) !== undefined) return cause as AcklineError;
  const said = saidOf(cause);
  const state = sqlState(cause);
  const details = { cause };
  if (state === FULL) return new QuotaError(`the disk of the server is full: ${said}`, details);
  if (GONE.includes(state) || CONNECTION.test(state) || CONNECTION_SAID.test(said))
    return new AcklineError(
      'unavailable',
      `the PostgreSQL server cannot be reached (${said}): the client connects again at the next call; a write may have been stored`,
      details,
    );
  if (BUSY.includes(state))
    return new AcklineError(
      'busy',
      `other transactions were in the way (${said}): nothing was stored; try again`,
      details,
    );
  const code = state === NO_RIGHT || WRONG_LOGIN.includes(state) ? 'forbidden' : 'storage';
  return new AcklineError(code, explained(state, said, table), details);
}

/** What failed, and what to do. */
function explained(state: string, said: string, table: string): string {
  if (state === NO_RIGHT)
    return `the role may not do this (${said}): grant SELECT, INSERT, UPDATE and DELETE on ${table} and on the tables ${table}_ackline…, and CREATE on the schema or run postgresSchema() as its owner`;
  if (NO_TABLE.includes(state))
    return `a table is missing (${said}): run postgresSchema({ table: '${table}' }), or leave createTables true`;
  if (NO_COLUMN === state)
    return `a column is missing (${said}): compare ${table} with postgresSchema({ table: '${table}' })`;
  if (WRONG_LOGIN.includes(state))
    return `the server refused the login (${said}): check user and password`;
  if (state === NO_DATABASE) return `the server has no such database (${said}): check its name`;
  if (state === READ_ONLY) return `the server is read-only (${said}): connect to the primary`;
  if (state === FAILED_TRANSACTION)
    return `the transaction had failed before (${said}): roll it back, and publish in a new one`;
  return `PostgreSQL failed: ${said}`;
}

function saidOf(cause: unknown): string {
  const said = describeFailure(cause).message;
  // The error of a connection to several addresses has no message.
  return said === '' ? sqlState(cause) || String(partOf(cause, 'name')) : said;
}
