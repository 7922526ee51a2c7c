// The conformance suite over PGlite, without a test runner: it ends at the first case that fails, with the code 1.
//   node --import ./test/setup/source-entries.mjs test/backends/postgres/conformance-program.ts [PART_OF_NAME]
import { PGlite } from '@electric-sql/pglite';
import { postgresBackend, postgresSchema } from 'ackline/postgres';
import { conformanceCases, ManualRuntime } from 'ackline/testing';
import { POSTGRES } from './postgres-features.ts';
import { emptyTables } from './tested-postgres-tables.ts';

const table = 'queue_program';
const sql = await PGlite.create();
await sql.exec(postgresSchema({ table }));
const [, , asked = ''] = process.argv;
const cases = conformanceCases.filter(
  ({ name, requires }) =>
    name.includes(asked) && requires.every((requirement) => POSTGRES.includes(requirement)),
);
for (const [index, { name, run }] of cases.entries()) {
  await sql.exec(emptyTables(table));
  const runtime = new ManualRuntime();
  const opened: { shutdown(): Promise<void> }[] = [];
  const open = () => {
    const backend = postgresBackend({ sql, table, runtime });
    opened.push(backend);
    return backend;
  };
  try {
    await run({ runtime, open, partitions: undefined });
    await Promise.all(opened.map((backend) => backend.shutdown()));
  } catch (error) {
    console.log(`not ok ${index + 1} - ${name}\n${String(error)}`);
    process.exit(1);
  }
}
console.log(`${cases.length} cases passed`);
process.exit(0);
