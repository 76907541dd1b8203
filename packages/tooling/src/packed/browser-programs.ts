/** What a page does with a package: the body of an async function that returns what `result` says. */
export interface BrowserProgram {
  readonly imports: string;
  readonly body: string;
  readonly result: unknown;
}

/** One program for each package that runs in a browser, with that package and its own dependencies alone. */
export const PROGRAMS: Readonly<Record<string, BrowserProgram>> = {
  "@counterpoint/bus": {
    imports: `
      import { CommandBus, EventBus, QueryBus, command, event, query, type } from "@counterpoint/bus";
      import { retry } from "@counterpoint/bus/retry";
      import { timeout } from "@counterpoint/bus/timeout";
      import { cache } from "@counterpoint/bus/cache";`,
    body: `
      const Add = command("Add", { payload: type(), result: type() });
      const Total = query("Total", { payload: type(), result: type() });
      const Added = event("Added", { payload: type() });
      let total = 0;
      let tries = 0;
      const heard = [];
      const events = new EventBus();
      events.subscribe(Added, ({ cents }) => void heard.push(cents));
      const again = retry({ times: 2, delayMs: () => 1 });
      const commands = new CommandBus({ middleware: [timeout({ ms: 10_000 }), again] }).register(Add, async ({ cents }) => {
        if (tries++ === 0) throw new Error("once");
        total += cents;
        await events.publish(Added({ cents }));
        return total;
      });
      const queries = new QueryBus({ middleware: [cache({ ttlMs: 1_000, maxEntries: 9 })] }).register(Total, () => ({ total }));
      const answers = [await commands.dispatch(Add({ cents: 3 })), await queries.dispatch(Total({}))];
      const code = await commands.dispatch(Total({})).catch((error) => error.code);
      return { answers, heard, tries, code };`,
    result: { answers: [3, { total: 3 }], heard: [3], tries: 2, code: "HANDLER_NOT_FOUND" },
  },
  "@counterpoint/events": {
    imports: `
      import { copyJson, decodeToken, encodeToken, isEventStoreError, systemClock, systemScheduler } from "@counterpoint/events";`,
    body: `
      let refused = false;
      try { copyJson({ when: new Date() }, "payload"); } catch (error) { refused = isEventStoreError(error, "INVALID_EVENT"); }
      await new Promise((resolve) => systemScheduler.after(1, resolve));
      return {
        refused,
        position: decodeToken(encodeToken(42)),
        copy: copyJson({ a: [1, "x", null] }, "payload"),
        time: systemClock.now() > 1_600_000_000_000,
      };`,
    result: { refused: true, position: 42, copy: { a: [1, "x", null] }, time: true },
  },
  "@counterpoint/write-model": {
    imports: `
      import { event, type } from "@counterpoint/bus";
      import { decider, fold } from "@counterpoint/write-model";`,
    body: `
      const Deposited = event("Deposited", { payload: type() });
      const account = decider({ events: [Deposited], initial: 0, evolve: { Deposited: (sum, { payload }) => sum + payload.cents } });
      return fold(account, account.initial, [Deposited({ cents: 2 }), Deposited({ cents: 3 })]);`,
    result: 5,
  },
  "@counterpoint/read-model": {
    imports: `
      import { event, type } from "@counterpoint/bus";
      import { foldBatch, isReadModelError, projection, ReadModelError } from "@counterpoint/read-model";`,
    body: `
      const Deposited = event("Deposited", { payload: type() });
      const balances = projection("balances", {
        version: 1,
        events: [Deposited],
        columns: { id: "text", cents: "integer" },
        key: ({ payload }) => payload.id,
        on: { Deposited: (row, { payload: { id, cents } }) => ({ id, cents: (row?.cents ?? 0) + cents }) },
      });
      return {
        name: balances.as("balances_here").name,
        folds: typeof foldBatch,
        guard: isReadModelError(new ReadModelError("STALE", "Too old."), "STALE"),
      };`,
    result: { name: "balances_here", folds: "function", guard: true },
  },
  "@counterpoint/memory": {
    imports: `
      import { event, type } from "@counterpoint/bus";
      import { createMemoryStore } from "@counterpoint/memory";
      import { createProjector, projection } from "@counterpoint/read-model";
      import { createEventSourcedRepository, decider } from "@counterpoint/write-model";`,
    body: `
      const Deposited = event("Deposited", { payload: type() });
      const account = decider({ events: [Deposited], initial: 0, evolve: { Deposited: (sum, { payload }) => sum + payload.cents } });
      const balances = projection("balances", {
        version: 1,
        events: [Deposited],
        columns: { id: "text", cents: "integer" },
        key: ({ payload }) => payload.id,
        on: { Deposited: (row, { payload: { id, cents } }) => ({ id, cents: (row?.cents ?? 0) + cents }) },
      });
      let ids = 0;
      const createId = () => String(ids++); // a page that came over plain HTTP has no crypto.randomUUID
      const given = isSecureContext ? {} : { createId };
      const store = createMemoryStore({ inline: [balances.as("sync")], ...given });
      const eventual = balances.as("eventual");
      const owner = isSecureContext ? {} : { owner: "page" };
      const projector = createProjector(store, { projections: [eventual], ...owner });
      await projector.start();
      const accounts = createEventSourcedRepository(store, account, { category: "account" });
      await accounts.update("7", () => [Deposited({ id: "7", cents: 2 })]);
      const { state, token } = await accounts.update("7", (sum) => [Deposited({ id: "7", cents: sum + 1 })]);
      const sync = await store.readModel(balances.as("sync")).get("7");
      await projector.waitFor(token);
      const later = await store.readModel(eventual).get("7");
      await projector.stop();
      return { state, sync, later };`,
    result: { state: 5, sync: { id: "7", cents: 5 }, later: { id: "7", cents: 5 } },
  },
};
