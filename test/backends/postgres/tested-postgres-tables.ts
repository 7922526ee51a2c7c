const COMPANIONS = [
  ...[
    '',
    '_ackline',
    '_ackline_dead',
    '_ackline_ids',
    '_ackline_keys',
    '_ackline_groups',
    '_ackline_results',
  ],
];

/** The statements that empty the queue table and those beside it. */
export function emptyTables(table: string): string {
  return COMPANIONS.map((part) => `DELETE FROM ${table}${part}`).join(';');
}
