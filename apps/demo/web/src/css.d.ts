import "react";

declare module "react" {
  // Custom properties that the style sheets read.
  interface CSSProperties {
    readonly "--place"?: number;
    readonly "--behind"?: number;
    readonly "--share"?: number;
  }
}
