import type { Context, Metadata } from "@counterpoint/bus";
import { command } from "@counterpoint/bus";
import { describe, expect, it } from "vitest";
import { policyOver } from "./policies.ts";
import { ROLES } from "./role.ts";

const Look = command("Look");
const Write = command("Write");
const Break = command("Break");
const clock = { now: () => 1_000 };
const policy = policyOver(
  { viewer: [Look], editor: [Write], admin: [] },
  { otherwise: "admin", clock },
);

function ask(contract: typeof Look | typeof Write | typeof Break, metadata: Metadata) {
  const context: Context = { contract, metadata, signal: undefined, deadlineAtMs: undefined };
  return policy(contract() as ReturnType<typeof Look>, context);
}

describe("policyOver", () => {
  it("lets each role do what it is named for, and what the smaller ones may", () => {
    const allowed = ROLES.map((role) =>
      [Look, Write, Break].map((contract) => ask(contract, { role }) === true),
    );
    expect(allowed).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it.each([undefined, null, "", "Admin", "root", ["admin"], { admin: true }, "__proto__"])(
    "lets the role %j do nothing",
    (role) => {
      expect(ask(Look, { role })).toBe("Look needs the role viewer, and you have none.");
    },
  );

  it("lets nobody in whose token has run out", () => {
    expect(ask(Look, { role: "admin", expiresAtMs: 1_001 })).toBe(true);
    expect(ask(Look, { role: "admin", expiresAtMs: 1_000 })).toBe("The token has expired.");
  });
});
