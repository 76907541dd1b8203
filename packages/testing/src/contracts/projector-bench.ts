import type { EventLog, EventStore } from "@counterpoint/events";
import type {
  FollowerStatus,
  ProjectionStore,
  Projector,
  ProjectorOptions,
} from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { CaseSetup } from "../contract-case.ts";
import type { ManualTime } from "../manual-time.ts";
import { manualTime } from "../manual-time.ts";
import { accounts, deposits } from "../sample-domain.ts";

/** What a projector needs of an adapter. */
export type Store = EventStore & EventLog & ProjectionStore;

/** So long that no run of a test comes near, however fast its time goes. */
export const FOREVER_MS = 1e12;

/** What a case works with; time stands still unless it moves it. */
export interface Bench {
  readonly store: Store;
  readonly time: ManualTime;
  /** Makes a projector over the store, by default of `accounts` alone; it is stopped at the end of the case. */
  project(options?: Partial<ProjectorOptions>): Projector;
  /** Appends deposits to account a and returns the token. */
  deposit(...amounts: readonly number[]): Promise<string>;
  /** Waits until a projector has reached a token. */
  reach(projector: Projector, token: string, projection?: string): Promise<void>;
  statusOf(projector: Projector, name?: string): Promise<FollowerStatus>;
}

/** Sets up a case with a clock and scheduler of its own, and stops its projectors at the end. */
export function bench(
  play: (on: Bench) => Promise<void>,
  disturb: (store: Store) => Store = (store) => store,
): CaseSetup<Store> {
  return {
    prepare() {
      const time = manualTime();
      return [{ clock: time }, body];

      async function body(store: Store): Promise<void> {
        const disturbed = disturb(bound(store));
        const projectors: Projector[] = [];
        try {
          await play({
            store,
            time,
            project(options = {}) {
              const defaults = { projections: [accounts], clock: time, scheduler: time };
              const projector = createProjector(disturbed, { ...defaults, ...options });
              projectors.push(projector);
              return projector;
            },
            async deposit(...amounts) {
              const append = { stream: "account-a", events: deposits("a", ...amounts) };
              return (await store.append(append)).token;
            },
            reach: (projector, token, projection) =>
              time.drive(
                projector.waitFor(token, {
                  timeoutMs: FOREVER_MS,
                  ...(projection === undefined ? {} : { projection }),
                }),
              ),
            async statusOf(projector, name = "accounts") {
              const { projections } = await projector.status();
              return projections.find((each) => each.name === name) ?? projections[0]!;
            },
          });
        } finally {
          await Promise.all(projectors.map((projector) => projector.stop()));
        }
      }
    },
  };
}

/** The same store as an object whose single methods can be replaced, whatever it is made of. */
function bound(store: Store): Store {
  const names = new Set<string>();
  for (let owner: object | null = store; owner && owner !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(owner)) names.add(name);
    owner = Object.getPrototypeOf(owner) as object | null; // objects inherit from objects or from nothing
  }
  const entries = [...names].map((name) => [
    name,
    (store as unknown as Record<string, unknown>)[name],
  ]);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "function" ? value.bind(store) : value]),
  ) as Store; // the same members, bound
}
