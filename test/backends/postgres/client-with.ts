import type { PGlite } from '@electric-sql/pglite';
import type { PostgresClient } from 'ackline/postgres';

/** The client, whose statements wait for `before`. They fail with what it throws. */
export function clientWith(
  client: PGlite,
  before: (sql: string) => Promise<unknown> | undefined,
): PostgresClient {
  const query: PGlite['query'] = async (sql, ...given) => {
    await before(sql);
    return client.query(sql, ...given);
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
