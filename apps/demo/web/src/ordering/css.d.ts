import "react";

declare module "react" {
  // Shares of the time axis, from 0 to 1.
  interface CSSProperties {
    readonly "--from"?: number;
    readonly "--to"?: number;
    readonly "--ticks"?: number;
  }
}
