export type Key = number | string | readonly Key[];

/** What a request is given. */
export type Given = Key | undefined | { readonly range: KeySpan } | { readonly row: object };
export type KeySpan = readonly [lower: Key, upper: Key, lowerOpen: boolean, upperOpen: boolean];
/** A row with it cannot be stored. */
export const UNCLONEABLE = { uncloneable: true };

export const STORES = ['rows', 'numbered', 'ids', 'plain'] as const;
export type StoreName = (typeof STORES)[number];

export interface PlannedRequest {
  readonly verb: string;
  readonly store: StoreName;
  readonly index?: string | undefined;
  readonly given: readonly Given[];
  /** Of a cursor: how many rows it visits. */
  readonly steps?: number;
  /** What its handler does: prevents the default action of an error, or aborts the transaction after a success. */
  readonly handler?: 'prevent' | 'abort' | undefined;
}

export interface PlannedTransaction {
  readonly kind: 'transact';
  readonly connection: number;
  readonly stores: readonly StoreName[];
  readonly mode: 'readonly' | 'readwrite';
  readonly durability: IDBTransactionDurability;
  readonly requests: readonly PlannedRequest[];
  readonly ending: 'auto' | 'commit' | 'abort';
}

export interface PlannedOpening {
  readonly kind: 'open';
  readonly connection: number;
  readonly version: number | undefined;
  /** What an upgrade does after it has made its stores, and how it ends. */
  readonly requests: readonly PlannedRequest[];
  readonly ending: 'auto' | 'abort';
  /** What the connection does at `versionchange`. One that ignores it is closed when the other context is blocked. */
  readonly whenAsked: 'close' | 'ignore';
}

export type Action =
  | PlannedTransaction
  | PlannedOpening
  | { readonly kind: 'close'; readonly connection: number }
  | { readonly kind: 'delete' }
  /** Uses the last transaction of a connection, which has ended. */
  | { readonly kind: 'reuse'; readonly connection: number };

/** The actions of one burst are made in one task. The next burst begins when everything has ended. */
export type Sequence = readonly (readonly Action[])[];

/** No key that is drawn is outside of it. */
const ALL = { range: [-10, [[]], false, false] } as const;
/** Nothing else happens in its transaction: Firefox reads ahead for a cursor. */
function reading(requests: readonly PlannedRequest[]): Sequence[number] {
  const shared = { kind: 'transact', connection: 0, stores: STORES, mode: 'readwrite' } as const;
  return [{ ...shared, durability: 'default', ending: 'auto', requests }];
}

function visiting(store: StoreName, index: string): Sequence[number] {
  return reading([{ verb: 'openKeyCursor', store, index, given: [], steps: 1_000 }]);
}

/** Opens the database without creating it, reads all rows and index entries, takes a key of the generator, and deletes it. */
export const READ_EVERYTHING: Sequence = [
  [
    {
      ...{ kind: 'open', connection: 0, version: undefined, requests: [] },
      ...{ ending: 'abort', whenAsked: 'close' },
    },
  ],
  reading(STORES.map((store) => ({ verb: 'getAllKeys', store, given: [ALL] }))),
  reading(STORES.map((store) => ({ verb: 'getAll', store, given: [ALL] }))),
  visiting('rows', 'since'),
  visiting('numbered', 'queue'),
  visiting('ids', 'event'),
  reading([{ verb: 'add', store: 'numbered', given: [{ row: { queue: 'last' } }] }]),
  [{ kind: 'delete' }],
];
