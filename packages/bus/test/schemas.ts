import type { SchemaIssue, StandardSchema } from "../src/index.ts";

/** The shape in which zod, valibot and arktype expose themselves, with a hand-made check. */
function schema<TInput, TOutput>(
  validate: StandardSchema<TInput, TOutput>["~standard"]["validate"],
): StandardSchema<TInput, TOutput> {
  return { "~standard": { version: 1, vendor: "hand-made", validate } };
}

/** A name that is trimmed and an age with a default; reports everything that is wrong at once. */
export const personSchema: StandardSchema<
  { name: string; age?: number },
  { name: string; age: number }
> = schema((value) => {
  const { name, age = 18 } = (value ?? {}) as { name?: unknown; age?: unknown };
  const issues: SchemaIssue[] = [];
  if (typeof name !== "string" || name.trim() === "") {
    issues.push({ message: "Name is required", path: ["name"] });
  }
  if (typeof age !== "number") issues.push({ message: "Age is a number", path: [{ key: "age" }] });
  if (typeof name !== "string" || typeof age !== "number" || issues.length > 0) return { issues };
  return { value: { name: name.trim(), age } };
});

/** The same, but it has to look something up first. */
export const slowPersonSchema: typeof personSchema = schema(async (value) => {
  await Promise.resolve();
  return personSchema["~standard"].validate(value);
});

/** Accepts every value and yields it unchanged, as the same object. */
export const sameSchema: StandardSchema<object> = schema((value) => ({ value: value as object }));

/** Refuses every value with the given issues. */
export function refusing(issues: readonly SchemaIssue[]): StandardSchema<unknown> {
  return schema(() => ({ issues }));
}

/** Throws instead of answering. */
export function throwing(error: unknown): StandardSchema<unknown> {
  return schema(() => {
    throw error;
  });
}
