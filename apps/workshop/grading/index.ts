export { forAll, seed } from "./for-all.ts";
export type { ForAllOptions } from "./for-all.ts";
export { propertyRules } from "./property-rules.ts";
export type { PropertyRulesOptions } from "./property-rules.ts";
export { red, refuses, same } from "./red.ts";
export type { Circumstances, Finding } from "./red.ts";
export { rule, typeRule } from "./rule.ts";
export type { RuleOptions, TypeRuleOptions } from "./rule.ts";
export { show } from "./show.ts";
