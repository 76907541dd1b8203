// uPlot formats numbers in the browser's language as soon as it is imported. A Chromium under the locale POSIX calls that
// language "en-US@posix", which Intl refuses to know, and the page would not come up at all. Import this first.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en", configurable: true });
}
