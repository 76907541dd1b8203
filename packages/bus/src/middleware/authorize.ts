import { BusError } from "../bus-error.ts";
import type { Message } from "../contract.ts";
import type { Context } from "../context.ts";
import type { Middleware } from "../middleware.ts";
import { chain } from "../thenable.ts";

/**
 * Decides whether a message may go on.
 *
 * Trust `context.metadata`, which your own code fills in, never an actor named in the payload.
 *
 * @returns `true` to allow. `false`, or a sentence that says why not, to refuse.
 */
export type Policy = (
  message: Message,
  context: Context,
) => boolean | string | Promise<boolean | string>;

/**
 * Lets a message through only if the policy says `true`; everything else refuses, also a policy that throws.
 *
 * Place it before anything that costs or changes something. Give the command bus and the query bus policies of their
 * own: that reads and writes are allowed differently is one of the reasons for having two.
 *
 * @throws {BusError} `FORBIDDEN`, with the policy's sentence as message. What a policy throws arrives unchanged.
 * @throws {TypeError} When the policy is no function.
 * @example
 * ```ts
 * import { command, CommandBus, type } from "@counterpoint/bus";
 * import { authorize } from "@counterpoint/bus/authorize";
 *
 * const RenameUser = command("RenameUser", { payload: type<{ name: string }>() });
 * const onlyAda = authorize((_message, { metadata }) => metadata.actor === "ada");
 * const commands = new CommandBus({ middleware: [onlyAda] }).register(RenameUser, () => {});
 * const renamed = commands.dispatch(RenameUser({ name: "Grace" }), { metadata: { actor: "bob" } });
 * await renamed; // => throws BusError: RenameUser is not allowed.
 * ```
 */
export function authorize(policy: Policy): Middleware {
  if (typeof policy !== "function") {
    throw new TypeError(`Expected a policy (message, context) => boolean, got ${typeof policy}.`);
  }
  return function authorize(message, next, context) {
    return chain(policy(message, context), (verdict) => {
      if (verdict === true) return next();
      const reason = typeof verdict === "string" && verdict !== "" ? verdict : undefined;
      throw new BusError("FORBIDDEN", reason ?? `${message.type} is not allowed.`, {
        details: { type: message.type },
      });
    });
  };
}
