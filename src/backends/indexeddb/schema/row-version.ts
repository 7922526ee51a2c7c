/**
 * The version of a row's format, stored in its column `v`. A row whose meaning differs from the one documented here must
 * have a greater version. Libraries that do not know that version leave the row alone, see row-checks.ts.
 */
export const ROW_VERSION = 1;

export interface Versioned {
  readonly v: number;
}
