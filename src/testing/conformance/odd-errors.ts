import type { Failure } from '../../core/events/death-reason.ts';

/** A value that a handler throws, or that is passed as `error`. */
export interface OddError {
  readonly what: string;
  readonly error: unknown;
  /** The parts of the error that are kept. Absent if any two strings of bounded length are right. */
  readonly kept?: Failure;
}

function errorWith(parts: object): Error {
  const error = new Error('HTTP 400');
  for (const [part, value] of Object.entries(parts)) Object.defineProperty(error, part, { value });
  return error;
}

function errorWithGetter(part: 'name' | 'message'): Error {
  return Object.defineProperty(new RangeError('HTTP 400'), part, {
    get() {
      throw new Error('not to be read');
    },
  });
}

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error('HTTP 400'), {});
  revoke();
  return proxy;
}

/** Each call makes new errors. */
export function oddErrors(): readonly OddError[] {
  return [
    {
      what: 'an error with a list as its message',
      error: errorWith({ message: ['email must be an email'] }),
      kept: { name: 'Error', message: '["email must be an email"]' },
    },
    {
      what: 'an error with numbers for strings',
      error: errorWith({ name: 404, message: 0 }),
      kept: { name: '404', message: '0' },
    },
    {
      what: 'an error without strings',
      error: errorWith({ name: null, message: undefined }),
      kept: { name: 'Error', message: '' },
    },
    {
      what: 'an error with a function and a symbol for strings',
      error: errorWith({ name: Symbol('odd'), message: () => 'odd' }),
      kept: { name: 'Symbol(odd)', message: 'a function' },
    },
    {
      what: 'an object with the shape of an error',
      error: { name: 'GraphQLError', message: 'no such field' },
      kept: { name: 'GraphQLError', message: 'no such field' },
    },
    { what: 'a text', error: 'boom', kept: { name: 'string', message: '"boom"' } },
    { what: 'a number', error: 42, kept: { name: 'number', message: '42' } },
    { what: 'an empty object', error: {}, kept: { name: 'object', message: 'an object' } },
    { what: 'an object without prototype', error: Object.create(null) },
    { what: 'a symbol', error: Symbol('odd') },
    { what: 'a function', error: () => 'odd' },
    { what: 'an error with a long message', error: new Error('long '.repeat(1_000_000)) },
    { what: 'an error whose message cannot be read', error: errorWithGetter('message') },
    { what: 'an error whose name cannot be read', error: errorWithGetter('name') },
    { what: 'a proxy that was revoked', error: revokedProxy() },
  ];
}
