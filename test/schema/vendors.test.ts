// Covers src/schema/standard-schema.ts, src/schema/with-schemas.ts

import { SchemaError, type StandardSchema, withSchemas } from 'ackline/schema';
import { type } from 'arktype';
import { email, object, optional, pipe, string } from 'valibot';
import { expect, test } from 'vitest';
import { object as zodObject, string as zodString } from 'zod';
import { EventChannel, memoryBackend } from '../../src/index.ts';

type Mail = { to: string; subject?: string | undefined };
type Sent = { to: string; subject: string };

/** The same schema in three libraries: an address, and a subject with a default. */
const vendors: Readonly<Record<string, StandardSchema<Mail, Sent>>> = {
  zod: zodObject({ to: zodString().email(), subject: zodString().default('none') }),
  valibot: object({ to: pipe(string(), email()), subject: optional(string(), 'none') }),
  arktype: type({ to: 'string.email', subject: "string = 'none'" }) as StandardSchema<Mail, Sent>,
};

for (const [vendor, schema] of Object.entries(vendors))
  test(`${vendor}: publish refuses with issues and stores the output, and delivery checks it again`, async () => {
    const inner = memoryBackend();
    const rule = { schema, validate: 'delivery' } as const;
    const events = new EventChannel({ backend: withSchemas(inner, { mail: rule }), observer() {} });
    const refused = events.publish('mail', { to: 'nobody' });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SchemaError);
    expect((error as SchemaError).path).toBe('payload.to');
    expect((error as SchemaError).issues.length).toBe(1);
    await inner.publish('mail', 'an old form');
    await events.publish('mail', { to: 'ada@example.org' });
    expect((await events.dequeue('mail'))?.payload).toEqual({
      to: 'ada@example.org',
      subject: 'none',
    });
    expect((await events.deadLetters('mail')).map(({ reason }) => reason)).toEqual(['invalid']);
    await events.shutdown();
  });
