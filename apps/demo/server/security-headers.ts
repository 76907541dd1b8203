import type { secureHeaders } from "hono/secure-headers";

/** What the browser is told with every answer: nothing from elsewhere, nothing inline, in nobody's frame. */
export const SECURITY_HEADERS: NonNullable<Parameters<typeof secureHeaders>[0]> = {
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    objectSrc: ["'none'"],
  },
  strictTransportSecurity: false, // the demo speaks plain HTTP; whoever puts TLS in front says so there
};
