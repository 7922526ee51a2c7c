/**
 * The part of {@link https://standardschema.dev | Standard Schema} that this library uses. Schemas of Zod, Valibot, ArkType and
 * others have it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Has no value: it carries the types. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** Why a value does not fit its schema. */
export interface SchemaIssue {
  readonly message: string;
  /** Where in the value. Absent or empty for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a publisher may pass for a schema. */
export type InputOf<S> = S extends StandardSchema<infer Input, unknown> ? Input : never;

/** What a schema makes of it, and what a consumer receives. */
export type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : never
  : never;
