/**
 * Describes a schema of any validator that follows Standard Schema v1 (zod, valibot, arktype and others).
 *
 * Types only: the bus calls `validate` when a middleware asks for it and never imports a validator.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<TInput = unknown, TOutput = TInput> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<TOutput> | Promise<SchemaResult<TOutput>>;
    readonly types?: { readonly input: TInput; readonly output: TOutput } | undefined;
  };
}

export type SchemaResult<TOutput> =
  | { readonly value: TOutput; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Names the type that a schema accepts. */
export type SchemaInput<TSchema extends StandardSchema> = NonNullable<
  TSchema["~standard"]["types"]
>["input"];

/** Names the type that a schema yields. */
export type SchemaOutput<TSchema extends StandardSchema> = NonNullable<
  TSchema["~standard"]["types"]
>["output"];

/**
 * Makes a schema that checks nothing and only carries a type.
 *
 * Use it where the type system is check enough: results, and payloads that never cross a trust boundary.
 *
 * @example
 * ```ts
 * import { query, type } from "@counterpoint/bus";
 *
 * const GetUser = query("GetUser", {
 *   payload: type<{ userId: string }>(),
 *   result: type<{ name: string }>(),
 * });
 * ```
 */
export function type<T>(): StandardSchema<T> {
  return UNCHECKED as StandardSchema<T>; // `types` never exists at run time, so one object serves every T
}

const UNCHECKED: StandardSchema = {
  "~standard": { version: 1, vendor: "counterpoint", validate: (value) => ({ value }) },
};
