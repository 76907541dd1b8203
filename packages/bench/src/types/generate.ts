/** Half of the messages are commands, half are queries; each has a payload and a result of its own, a route and a caller. */
export function withContracts(messages: number): string {
  const commands = numbers(messages / 2);
  const queries = numbers(messages / 2);
  return [
    `import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";`,
    ...commands.map((n) => `${payload("Command", n)}${contract("command", "Command", n)}`),
    ...queries.map((n) => `${payload("Query", n)}${contract("query", "Query", n)}`),
    `const commands = new CommandBus()`,
    ...commands.map((n) => `  .register(Command${n}, ${handler(n)})`),
    `;`,
    `const queries = new QueryBus()`,
    ...queries.map((n) => `  .register(Query${n}, ${handler(n)})`),
    `;`,
    ...commands.map((n) => caller(n, "Command", `commands.dispatch(Command${n}(${sample(n)}))`)),
    ...queries.map((n) => caller(n, "Query", `queries.dispatch(Query${n}(${sample(n)}))`)),
  ].join("\n");
}

/** The limit: functions that are called directly. */
export function withFunctions(messages: number): string {
  return ["Command", "Query"]
    .flatMap((kind) =>
      numbers(messages / 2).map((n) =>
        [
          payload(kind, n),
          `const handle${kind}${n} = async ({ userId }: ${kind}${n}Payload): Promise<${kind}${n}Result> => ({ id${n}: userId });`,
          caller(n, kind, `handle${kind}${n}(${sample(n)})`),
        ].join("\n"),
      ),
    )
    .concat("export {};")
    .join("\n");
}

function numbers(count: number): number[] {
  return Array.from({ length: Math.ceil(count) }, (_, index) => index);
}

function payload(kind: string, n: number): string {
  return [
    `interface ${kind}${n}Payload { readonly userId: string; readonly amount${n}: number; readonly tags?: readonly string[] }`,
    `interface ${kind}${n}Result { readonly id${n}: string }`,
    "",
  ].join("\n");
}

function contract(make: string, kind: string, n: number): string {
  return `export const ${kind}${n} = ${make}("${kind}${n}", { payload: type<${kind}${n}Payload>(), result: type<${kind}${n}Result>() });`;
}

function handler(n: number): string {
  return `async ({ userId }) => ({ id${n}: userId })`;
}

function sample(n: number): string {
  return `{ userId: "1", amount${n}: ${n} }`;
}

function caller(n: number, kind: string, call: string): string {
  return `export const ask${kind}${n} = async (): Promise<string> => (await ${call}).id${n};`;
}
