import { expect, it } from "vitest";
import { createBurstPlan } from "./plan.ts";

it("registers, renames and removes, and only users who are there", () => {
  const plan = createBurstPlan();
  const counts = { CreateUser: 0, RenameUser: 0, RemoveUser: 0 };
  const there = new Set<string>();
  for (let number = 1; number <= 200; number++) {
    const { type, payload } = plan.next(number);
    counts[type] += 1;
    if (type === "CreateUser") {
      there.add(`user ${number}`);
      plan.created(`user ${number}`);
    } else {
      expect(there).toContain(payload.userId);
      if (type === "RemoveUser") there.delete(payload.userId);
    }
  }
  expect(counts).toEqual({ CreateUser: 120, RenameUser: 40, RemoveUser: 40 });
});
