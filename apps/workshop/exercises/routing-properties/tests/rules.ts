import { propertyRules } from "@counterpoint/workshop/grading";
import { property } from "../exercise.ts";
import { createCounterpointBus } from "../mutants/correct-counterpoint.ts";
import { createMapBus } from "../mutants/correct-map.ts";
import { createMutant as firstWinsSilently } from "../mutants/first-wins-silently.ts";
import { createMutant as lastWins } from "../mutants/last-wins.ts";
import { createMutant as lowerCasedKeys } from "../mutants/lower-cased-keys.ts";
import { createMutant as missingIsAnyHandler } from "../mutants/missing-is-any-handler.ts";
import { createMutant as missingIsUndefined } from "../mutants/missing-is-undefined.ts";
import { createMutant as payloadDropped } from "../mutants/payload-dropped.ts";
import { createMutant as prefixMatch } from "../mutants/prefix-match.ts";
import { createMutant as prototypeLookUp } from "../mutants/prototype-look-up.ts";

propertyRules({
  property,
  noun: "bus",
  uses: ["register", "dispatch"],
  at: ["asyncProperty", "property"],
  correct: {
    "a plain Map, errors without a code": createMapBus,
    "the CommandBus of @counterpoint/bus": createCounterpointBus,
  },
  mutants: {
    "lower-cased-keys": lowerCasedKeys,
    "prefix-match": prefixMatch,
    "last-wins": lastWins,
    "first-wins-silently": firstWinsSilently,
    "missing-is-undefined": missingIsUndefined,
    "missing-is-any-handler": missingIsAnyHandler,
    "payload-dropped": payloadDropped,
    "prototype-look-up": prototypeLookUp,
  },
});
