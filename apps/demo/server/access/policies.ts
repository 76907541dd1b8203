import type { AnyCommandContract, AnyQueryContract } from "@counterpoint/bus";
import type { Policy } from "@counterpoint/bus/authorize";
import type { Clock } from "@counterpoint/events";
import type { Role } from "./role.ts";
import { covers, isRole } from "./role.ts";

type Contract = AnyCommandContract | AnyQueryContract;

/**
 * Makes a policy over contracts. What nobody has thought of falls to `otherwise`.
 *
 * It reads `metadata.role`, which the server's own code fills in; whoever has none may nothing. A token that runs out while
 * a stream is open ends it: each batch is a query of its own, and is asked for here.
 *
 * @param roles - The role that each of these messages needs at least.
 */
export function policyOver(
  roles: Readonly<Record<Role, readonly Contract[]>>,
  { otherwise, clock }: { readonly otherwise: Role; readonly clock: Clock },
): Policy {
  const needed = new Map(
    Object.entries(roles).flatMap(([role, contracts]) =>
      contracts.map(({ type }) => [type, role as Role] as const),
    ),
  );
  return function policy({ type }, { metadata }) {
    const { role, expiresAtMs = Infinity } = metadata as {
      readonly role?: unknown;
      readonly expiresAtMs?: number;
    };
    const least = needed.get(type) ?? otherwise;
    if (!isRole(role)) return `${type} needs the role ${least}, and you have none.`;
    if (clock.now() >= expiresAtMs) return "The token has expired.";
    return covers(role, least) || `${type} needs the role ${least}; you are ${role}.`;
  };
}
