import type { SchemaIssue, StandardSchema } from 'ackline/schema';

type Validate<Output> = StandardSchema<unknown, Output>['~standard']['validate'];

/** A schema without a library. */
export function schemaOf<Input, Output = Input>(
  validate: Validate<Output>,
): StandardSchema<Input, Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

export interface Order {
  readonly total: number;
}

const issues = (message: string, path: SchemaIssue['path'] = []) => ({
  issues: [{ message, path }],
});

function checkOrder(value: unknown) {
  const { total } = (value ?? {}) as { readonly total?: unknown };
  if (typeof total !== 'number') return issues('expected a number', ['total']);
  return { value: { total } };
}

export const order = schemaOf<Order>(checkOrder);
export const lateOrder = schemaOf<Order>(async (value) => checkOrder(value));
/** Takes a text and stores a number: it does not accept its own output. */
export const count = schemaOf<string, number>((value) =>
  typeof value === 'string' ? { value: Number(value) } : issues('expected a text'),
);
export const broken = schemaOf<Order>(() => {
  throw new Error('the schema is broken');
});
/** Accepts everything. */
export const anything = schemaOf<unknown>((value) => ({ value }));
