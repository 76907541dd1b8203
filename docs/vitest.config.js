export { default } from "@counterpoint/tooling/vitest";
