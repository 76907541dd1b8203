import { expect, it } from "vitest";
import type { UserChange } from "../../../server/users/messages.ts";
import { historyRows } from "./history-rows.ts";

it("tells each change in words, with what the row looked like then", () => {
  const rows = historyRows([
    change("UserRegistered", { userId: "1", name: "Ada", email: "a@b.org" }),
    change("UserRenamed", { userId: "1", name: "Augusta" }),
    change("UserRemoved", { userId: "1" }),
  ]);
  expect(rows.map(({ what, row }) => [what, row])).toEqual([
    ["Registered as Ada", { name: "Ada", email: "a@b.org" }],
    ["Renamed from Ada to Augusta", { name: "Augusta", email: "a@b.org" }],
    ["Removed Augusta", null],
  ]);
});

it("names an event that it does not know, and leaves the row as it was", () => {
  const rows = historyRows([
    change("UserRegistered", { name: "Ada", email: "a@b.org" }),
    change("UserAdmired", {}),
  ]);
  expect(rows[1]).toMatchObject({ what: "UserAdmired", row: { name: "Ada", email: "a@b.org" } });
});

function change(type: string, changes: unknown): UserChange {
  return {
    type,
    version: 1,
    position: 1,
    recorded_at: "",
    actor: null,
    command: null,
    correlation_id: null,
    causation_id: null,
    event_id: "",
    changes,
  };
}
