import { EventChannel, memoryBackend } from 'ackline';
import { SchemaError, withSchemas } from 'ackline/schema';
import type { RunCard } from '../card.ts';

export const title = 'A schema';
export const lead =
  'Of Zod, Valibot, ArkType or your own. A wrong payload is refused, and nothing is stored.';

/** Any object with this property is a Standard Schema. */
const Total = {
  '~standard': {
    version: 1 as const,
    vendor: 'demo',
    validate: (value: unknown) =>
      typeof value === 'number' && value > 0
        ? { value }
        : { issues: [{ message: 'must be above 0' }] },
  },
};

export const run: RunCard = async (_, say) => {
  // #region shown
  const backend = withSchemas(memoryBackend(), { total: Total });
  const checked = new EventChannel({ backend });
  await checked.publish('total', -5).catch((error: unknown) => {
    if (error instanceof SchemaError) say(error.message);
  });
  // #endregion
  await checked.shutdown();
};
