import { describe, expect, it, vi } from "vitest";
import { CommandBus } from "../command-bus.ts";
import { command } from "../contract.ts";
import { type } from "../standard-schema.ts";
import type { Policy } from "./authorize.ts";
import { authorize } from "./authorize.ts";

const Remove = command("Remove", { payload: type<string>(), result: type<string>() });

function attempt(policy: Policy) {
  const handler = vi.fn(() => "removed");
  const bus = new CommandBus({ middleware: [authorize(policy)] }).register(Remove, handler);
  const options = { metadata: { actor: "ada" } };
  return { handler, answer: bus.dispatch(Remove("1"), options) };
}

describe("authorize", () => {
  it.each<[string, Policy]>([
    ["true", () => true],
    ["a promise of true", async () => true],
  ])("lets a message through for %s", async (_, policy) => {
    await expect(attempt(policy).answer).resolves.toBe("removed");
  });

  it("shows the policy the message and who asks", async () => {
    const policy = vi.fn<Policy>((message, { metadata }) => {
      return message.payload === "1" && metadata.actor === "ada";
    });
    await expect(attempt(policy).answer).resolves.toBe("removed");
    expect(policy).toHaveBeenCalledTimes(1);
  });

  it.each<[string, unknown]>([
    ["false", false],
    ["undefined", undefined],
    ["null", null],
    ["1", 1],
    ["an object", { allowed: true }],
    ["a Boolean object", new Boolean(true)],
    ["a list", [true]],
    ["an empty string", ""],
    ["a promise of false", Promise.resolve(false)],
    ["a promise of 1", Promise.resolve(1)],
    ["a promise of nothing", Promise.resolve()],
  ])("refuses for %s and never calls the handler", async (_, verdict) => {
    const { handler, answer } = attempt(() => verdict as boolean);
    await expect(answer).rejects.toMatchObject({
      name: "BusError",
      code: "FORBIDDEN",
      message: "Remove is not allowed.",
      details: { type: "Remove" },
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ["a sentence", "Only admins may remove users."],
    ["a promise of a sentence", Promise.resolve("Only admins may remove users.")],
  ])("refuses with %s as the message", async (_, verdict) => {
    const { handler, answer } = attempt(() => verdict as string);
    await expect(answer).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: "Only admins may remove users.",
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each<[string, (error: Error) => Policy]>([
    [
      "throws",
      (error) => () => {
        throw error;
      },
    ],
    ["rejects", (error) => () => Promise.reject(error)],
  ])("refuses with the very error when the policy %s", async (_, policyOf) => {
    const error = new Error("the directory is down");
    const { handler, answer } = attempt(policyOf(error));
    await expect(answer).rejects.toBe(error);
    expect(handler).not.toHaveBeenCalled();
  });

  it("needs a policy", () => {
    expect(() => authorize(undefined as never)).toThrow(
      new TypeError("Expected a policy (message, context) => boolean, got undefined."),
    );
  });
});
